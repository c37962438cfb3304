// The hierarchy above the categories: the best answer at each level, and down to which level it is sure.

import { $, el, formatPercent } from "./dom.js";
import { getName } from "./names.js";

const SURE = 0.8;

/** The best node of each level as {level, code, share}, the broadest first. */
export function sumLevels(categories, { labels, levels }) {
  const place = new Map(labels.map((label, index) => [label, index]));
  return Object.entries(levels).map(([level, holders]) => {
    const sums = new Map();
    for (const { category, probability } of categories) {
      const code = holders[place.get(category)];
      sums.set(code, (sums.get(code) ?? 0) + probability);
    }
    const [code, share] = [...sums].reduce((best, one) => (one[1] > best[1] ? one : best));
    return { level, code, share: Math.min(share, 1) };
  });
}

/** Show them where they say something new, and the categories are the model's own. */
export function showLevels(prediction, model) {
  const known = new Set(model?.labels);
  const holders = Object.values(model?.levels ?? {}).map((codes) => new Set(codes).size);
  const isNew = holders.some((count) => count > 1 && count < known.size);
  const isShown = isNew && prediction?.category != null && prediction.categories.every((one) => known.has(one.category));
  $("levels").hidden = !isShown;
  if (!isShown) return;
  const levels = sumLevels(prediction.categories, model);
  const sure = levels.filter((one) => one.share >= SURE).at(-1);
  const verdict = sure ? [`at least ${formatPercent(SURE)} sure:`, el("bdi", {}, sure.code)] : [`at no level ${formatPercent(SURE)} sure`];
  $("levels").replaceChildren(
    ...levels.map(({ level, code, share }) =>
      el("span", {}, `${level} `, el("bdi", {}, code), ` ${[getName(code), formatPercent(share)].filter(Boolean).join(" ")}`)),
    ...verdict);
}
