// The human names of categories, and their other codes, as the model knows them.

import { $ } from "./dom.js";

let names = new Map();
let aliases = new Map(); // category -> aliases and retired names

/** Set what is known: objects of category -> name, and of alias -> category. */
export function setNames(model) {
  names = new Map(Object.entries(model.names));
  aliases = new Map();
  for (const [alias, category] of Object.entries(model.aliases)) {
    aliases.set(category, [...(aliases.get(category) ?? []), alias]);
  }
}

/** The name of a category; empty where it has none. */
export const getName = (category) => names.get(category) ?? "";

/** Show what the predicted category means. */
export function showMeaning(prediction) {
  $("meaning").textContent = getName(prediction?.category);
}

/** [category, share] pairs as in `a=0.7,"b, c"=0.2`: names in quotes where they need them. */
export const formatShares = (shares) => shares.map(([category, share]) =>
  `${/^"|[,=+]|^\*?$/.test(category) ? `"${category.replaceAll('"', '""')}"` : category}=${share}`).join(",");

const split = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Those of some categories that a text may mean, as {category, alias}: by code, by alias, by words of the name. */
export function searchCategories(text, categories) {
  const wanted = text.trim().toLowerCase();
  const parts = split(text);
  const found = categories.map((category) => {
    const codes = [category, ...(aliases.get(category) ?? [])];
    const rank = (test) => codes.find((code) => test(code.toLowerCase()));
    const words = split([...codes, getName(category)].join(" ")).flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)]);
    const tests = [
      () => rank((code) => code === wanted),
      () => rank((code) => code.startsWith(wanted)),
      () => parts.every((part) => words.some((word) => word.startsWith(part))) && category,
      () => parts.every((part) => words.some((word) => word.includes(part))) && category,
    ];
    const place = tests.findIndex((test) => test());
    const code = place < 0 ? category : tests[place]();
    return { category, alias: code === category ? null : code, place };
  });
  return found.filter(({ place }) => place >= 0).sort((a, b) => a.place - b.place);
}
