// The network as a small picture: words, two branches, the gates as widths, the categories as bars.

import { formatPercent, svg } from "./dom.js";

const SHOWN = 5; // categories
const LANES = { title: 34, abstract: 116 }; // height of each branch's middle
const CELLS = { title: { columns: 12, size: 6, most: 24 }, abstract: { columns: 15, size: 4.4, most: 150 } };

/** Draw the network; `gates` null leaves them thin. */
export function drawNetwork(element, { texts, gates, categories, busy }) {
  const shown = categories.slice(0, SHOWN);
  let picture = element.querySelector("svg");
  if (picture?.dataset.of !== String(shown.length)) {
    picture = drawFrame(shown.length);
    element.replaceChildren(picture);
  }
  picture.classList.toggle("busy", busy);
  picture.setAttribute("aria-label", describe(gates, shown));
  for (const text of texts) {
    const lane = picture.querySelector(`.${text.name}`);
    lane.querySelector(".cells").replaceChildren(...drawCells(text));
    const gate = gates?.[text.name];
    lane.querySelector(".gate").setAttribute("stroke-width", gate === undefined ? 1.5 : 1 + 11 * gate);
    lane.querySelector(".number").textContent = gate === undefined ? "" : gate.toFixed(2);
  }
  const bag = gates?.bag_of_words;
  picture.querySelector(".bag").textContent = bag === undefined ? "" : `bag of words ${bag.toFixed(2)}`;
  picture.querySelectorAll(".category").forEach((group, place) => {
    group.querySelector("text").textContent = shorten(shown[place].category);
    group.querySelector(".fill").setAttribute("width", 72 * shown[place].probability);
  });
}

function drawFrame(categories) {
  const top = 75 - 13 * (categories - 1);
  return svg("svg", { viewBox: "0 0 352 160", role: "img", "data-of": categories },
    drawLane("title", "BiLSTM"),
    drawLane("abstract", "CNN"),
    svg("text", { class: "small bag", x: 234, y: 79, "text-anchor": "end" }),
    svg("circle", { class: "node", cx: 256, cy: 75, r: 5 }),
    ...Array.from({ length: categories }, (_, place) =>
      svg("g", { class: "category" },
        svg("path", { class: "flow", d: `M261 75 C270 75 268 ${top + 26 * place} 276 ${top + 26 * place}` }),
        svg("text", { class: "small", x: 279, y: top + 26 * place - 4 }),
        svg("rect", { class: "rail", x: 279, y: top + 26 * place, width: 72, height: 5, rx: 2.5 }),
        svg("rect", { class: "fill", x: 279, y: top + 26 * place, width: 0, height: 5, rx: 2.5 }))));
}

function drawLane(name, encoder) {
  const y = LANES[name];
  return svg("g", { class: name },
    svg("text", { class: "small", x: 0, y: y - 21 }, name),
    svg("g", { class: "cells" }),
    svg("path", { class: "flow", d: `M86 ${y} H96` }),
    svg("rect", { class: "box", x: 96, y: y - 13, width: 52, height: 26, rx: 5 }),
    svg("text", { x: 122, y: y + 4, "text-anchor": "middle" }, encoder),
    svg("path", { class: "flow", d: `M148 ${y} H158` }),
    svg("rect", { class: "box", x: 158, y: y - 13, width: 60, height: 26, rx: 5 }),
    svg("text", { x: 188, y: y + 4, "text-anchor": "middle" }, "attention"),
    svg("path", { class: "gate", d: `M222 ${y} C242 ${y} 238 75 252 75` }),
    svg("text", { class: "small number", x: 226, y: y + (name === "title" ? -10 : 20) }));
}

/** A cell per word, or per run of words where there are many. */
function drawCells(text) {
  const { columns, size, most } = CELLS[text.name];
  const words = text.words.filter((word) => !word.struck).slice(0, most);
  const rows = Math.ceil(words.length / columns) || 1;
  const step = size + 1.2;
  const top = LANES[text.name] - (rows * step) / 2;
  return words.map((word, place) =>
    svg("rect", {
      class: "cell", x: (place % columns) * step, y: top + Math.floor(place / columns) * step,
      width: size, height: size, rx: 1, "data-side": word.side || null, "data-depth": word.depth || null,
    }));
}

function describe(gates, shown) {
  const best = `The prediction is ${shown[0].category} with ${formatPercent(shown[0].probability)}.`;
  if (!gates) return `Title and abstract are read by two branches. ${best}`;
  const bag = gates.bag_of_words === undefined ? "" : `, the words of both to a gate of ${gates.bag_of_words.toFixed(2)}`;
  return `The title goes through a BiLSTM and attention to a gate of ${gates.title.toFixed(2)}, the abstract `
    + `through a CNN and attention to a gate of ${gates.abstract.toFixed(2)}${bag}. ${best}`;
}

const shorten = (name) => (name.length > 13 ? `${name.slice(0, 12)}…` : name);
