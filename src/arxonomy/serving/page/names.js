// The human names of categories, as the model knows them.

import { $, el } from "./dom.js";

let names = new Map();

/** Set the names, an object of category -> name. */
export function setNames(known) {
  names = new Map(Object.entries(known ?? {}));
}

/** The name of a category; empty where it has none. */
export const getName = (category) => names.get(category) ?? "";

/** Show what the predicted category means. */
export function showMeaning(prediction) {
  $("meaning").textContent = getName(prediction?.category);
}

/** Offer values in a list of choices, with their names; the empty one is all others. */
export function fillChoice(select, values, value) {
  const texts = values.map((one) => [one || "all others", getName(one)].filter(Boolean).join(" – "));
  const now = JSON.stringify(texts);
  if (select.dataset.texts !== now) {
    select.dataset.texts = now;
    select.replaceChildren(...values.map((one, place) => el("option", { value: one }, texts[place])));
  }
  select.value = value;
}
