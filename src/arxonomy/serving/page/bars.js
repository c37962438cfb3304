// The most probable categories as bars, each a button that has its words explained, and the rest in one line.

import { $, el, formatPercent } from "./dom.js";
import { getName } from "./names.js";

const SHOWN = 5;

/**
 * Show the bars, which keep their places' elements, so that the focus stays and lengths glide.
 *
 * While one is `pointed` at, categories keep their places, so that nothing jumps under the pointer.
 * `point(category)` is called with what the pointer or the focus is on, or null, `pick(category)` when one is chosen.
 */
export function showBars(categories, pointed, { point, pick }) {
  const shown = categories.slice(0, SHOWN);
  const rest = categories.slice(SHOWN);
  const list = $("bars");
  if (list.querySelectorAll("button").length !== shown.length || !list.querySelector(".rest") !== !rest.length) {
    list.replaceChildren(...shown.map(() => el("li", {}, makeBar(point, pick))));
    if (rest.length) list.append(el("li", { class: "rest quiet" }));
  }
  const buttons = [...list.querySelectorAll("button")];
  const before = buttons.map((button) => shown.find((one) => one.category === button.dataset.category));
  const order = pointed && before.every(Boolean) ? before : shown;
  for (const [place, button] of buttons.entries()) {
    const { category, probability } = order[place];
    button.dataset.category = category;
    button.querySelector(".name").textContent = category;
    button.querySelector(".meaning").textContent = getName(category);
    button.querySelector(".share").textContent = formatPercent(probability);
    button.querySelector(".track > span").style.width = `${100 * probability}%`;
  }
  const more = list.querySelector(".rest");
  if (more) more.textContent = `${rest.length} more, together ${formatPercent(rest.reduce((sum, one) => sum + one.probability, 0))}`;
}

function makeBar(point, pick) {
  const getCategory = (event) => event.currentTarget.dataset.category;
  return el("button", {
    type: "button", "aria-pressed": "false",
    on: {
      pointerenter: (event) => event.pointerType === "mouse" && point(getCategory(event)),
      pointerleave: () => point(null),
      focus: (event) => point(getCategory(event)),
      blur: () => point(null),
      click: (event) => pick(getCategory(event)),
    },
  }, el("span", { class: "name" }), el("span", { class: "track" }, el("span")), el("span", { class: "share" }), el("span", { class: "meaning" }));
}
