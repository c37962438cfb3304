// The categories that a paper may be listed in besides the predicted one.

import { $, el, formatPercent } from "./dom.js";
import { formatShares, getName } from "./names.js";
import { findOutside } from "./outside.js";

/** Show them; a model that knows nothing of lists says nothing. */
export function showListed(prediction) {
  const others = findOutside(prediction) ? [] : (prediction?.listed ?? []).filter((one) => one.category !== prediction.category);
  $("listed-part").hidden = !others.length;
  $("listed").replaceChildren(
    ...others.map(({ category, probability }) =>
      el("li", {}, el("bdi", {}, category), ` ${[getName(category), formatPercent(probability)].filter(Boolean).join(" ")}`)));
}

/** They as a cell of a table. */
export const formatListed = (listed) =>
  formatShares(listed.map(({ category, probability }) => [category, probability.toFixed(6)]));
