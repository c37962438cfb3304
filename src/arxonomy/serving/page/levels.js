// The hierarchy above the categories: a map of what holds them, and down to which level an answer is sure.

import { $, el, formatPercent } from "./dom.js";
import { getName } from "./names.js";

const SURE = 0.8;
const LEAST = 0.01; // of a tile
const TILES = 12;

/** What holds categories at a level as [code, share], the most probable first. */
function sumByHolder(categories, labels, holders) {
  const place = new Map(labels.map((label, index) => [label, index]));
  const sums = new Map();
  for (const { category, probability } of categories) {
    const code = holders[place.get(category)];
    sums.set(code, (sums.get(code) ?? 0) + probability);
  }
  return [...sums].map(([code, share]) => [code, Math.min(share, 1)]).sort((a, b) => b[1] - a[1]);
}

/** Show map and levels where they say something new, and the categories are the model's own. */
export function showLevels(prediction, model) {
  const labels = model?.labels ?? [];
  const known = new Set(labels);
  const levels = Object.entries(model?.levels ?? {});
  const [mapped, holders] = levels.findLast(([, codes]) => isBetween(new Set(codes).size, 1, labels.length)) ?? [];
  const isShown = mapped !== undefined && prediction?.category != null && prediction.categories.every((one) => known.has(one.category));
  $("levels-part").hidden = !isShown;
  if (!isShown) return;
  $("map-heading").textContent = `By ${nameLevel(mapped)}`;
  showMap(sumByHolder(prediction.categories, labels, holders));
  const best = levels.map(([level, codes]) => [level, ...sumByHolder(prediction.categories, labels, codes)[0]]);
  const sure = best.findLast(([, , share]) => share >= SURE);
  const [level, code, share] = sure ?? best[0];
  $("levels").replaceChildren(
    sure ? `${formatPercent(SURE)} sure down to the ${nameLevel(level)} ` : `Not ${formatPercent(SURE)} sure even of the ${nameLevel(level)}, `,
    el("bdi", {}, code), ` ${[getName(code), formatPercent(share)].filter(Boolean).join(" ")}`);
}

const isBetween = (count, low, high) => low < count && count < high;
const nameLevel = (level) => (/^\d+$/.test(level) ? `level ${level}` : level);

/** A tile for each holder, filled as far as it is probable; its text says the same. */
function showMap(sums) {
  const tiles = sums.filter(([, share]) => share >= LEAST).slice(0, TILES);
  const rest = sums.slice(tiles.length);
  $("map").replaceChildren(...tiles.map(([code, share]) => {
    const name = getName(code);
    const tile = el("li", { title: name || null }, el("b", {}, el("bdi", {}, code), " ", el("span", {}, formatPercent(share))), el("span", { class: "meaning" }, name));
    tile.style.setProperty("--share", share);
    return tile;
  }));
  $("map-rest").hidden = !rest.length;
  $("map-rest").textContent = `${rest.length} more, together ${formatPercent(rest.reduce((sum, [, share]) => sum + share, 0))}`;
}
