// A view: answers among some categories, and the probability that is outside of them.

import { $, formatPercent } from "./dom.js";

export const NONE = "None of these";

/** The categories that are asked for, or null for the service's own. */
export const getAmong = () => $("among").value.trim() || null;

/** Whether more than half of the probability is outside. */
export const isOutside = (prediction) => (prediction.outside ?? 0) > 0.5;

/** Show how much is outside; without a view nothing is said. */
export function showOutside(prediction) {
  const outside = prediction?.outside;
  $("outside").hidden = outside === undefined;
  if (outside === undefined) return;
  $("outside").textContent = `${formatPercent(outside)} is outside of these categories; the bars show what it is if it is one of them.`;
}
