// The categories that a paper may be listed in besides the predicted one.

import { $, el, formatPercent } from "./dom.js";
import { getName } from "./names.js";

/** Show them; a model that knows nothing of lists says nothing. */
export function showListed(prediction) {
  const others = (prediction?.listed ?? []).filter((one) => one.category !== prediction.category);
  $("listed").hidden = !others.length;
  $("listed").replaceChildren(
    "Also listed in",
    ...others.map(({ category, probability }) => {
      const rest = [getName(category), formatPercent(probability)].filter(Boolean).join(" ");
      return el("span", {}, el("bdi", {}, category), ` ${rest}`);
    }));
}

/** They as a cell of a table, names in quotes where they need them. */
export const formatListed = (listed) => listed.map(({ category, probability }) =>
  `${/^"|[,=+]|^\*?$/.test(category) ? `"${category.replaceAll('"', '""')}"` : category}=${probability.toFixed(6)}`).join(",");
