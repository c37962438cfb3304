// Papers that are of none of the categories: what is said in place of a category, and how much is outside.

import { $, formatPercent } from "./dom.js";

export const NONE = "None of these";

const ATYPICAL_BELOW = 0.02;

/**
 * Each reason to give no category: its title in place of one, when it holds, how far, and what the bars are
 * then. The service's warnings say why; archives and lists are left out. One more reason is one more entry.
 */
const STATES = [
  {
    title: "Outside of the model's field",
    holds: (prediction) => (prediction.typicality ?? 1) < ATYPICAL_BELOW,
    describe: ({ typicality }) => `Typicality: ${formatPercent(typicality)}`,
    bars: "Were it a paper of the field all the same:",
  },
  {
    title: NONE,
    holds: (prediction) => (prediction.outside ?? 0) > 0.5,
    describe: ({ outside }) => `Outside: ${formatPercent(outside)}`,
    bars: "If it is one of them all the same:",
  },
];

/** The categories that are asked for, or null for the service's own. */
export const getAmong = () => $("among").value.trim() || null;

/** The state of a prediction that gives no category; null where it gives one. */
export const findOutside = (prediction) => (prediction && STATES.find((state) => state.holds(prediction))) ?? null;

/** Show that there is no category, or how much is outside of a view; else nothing. */
export function showOutside(prediction) {
  const state = findOutside(prediction);
  $("prediction").classList.toggle("away", state !== null);
  const isView = prediction?.outside !== undefined;
  $("outside").hidden = !state && !isView;
  if (state) $("outside").textContent = state.bars;
  else if (isView) {
    $("outside").textContent = `${formatPercent(prediction.outside)} is outside of these categories; the bars show what it is if it is one of them.`;
  }
}
