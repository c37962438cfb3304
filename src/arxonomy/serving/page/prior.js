// The class prior of a file: suggested where a gain is expected of it, and applied by a button alone.

import { ApiError, estimatePrior } from "./api.js";
import { $, el, formatPercent } from "./dom.js";
import { getName } from "./names.js";

const FEWEST = 100; // papers
const SHOWN = 10; // shares in the table
const NAMED = 3; // shares in the summary

let estimate = null; // of the file that is shown, as the service answered
let applied = null; // the prior of the answers that are shown: category -> share; null is that of training

/** The prior of the answers that are shown; null is that of training. */
export const getApplied = () => applied;

/** It as `arxonomy classify --prior FILE` reads it. */
export const toPriorFile = () => `${JSON.stringify({ prior: applied }, null, 1)}\n`;

/** Forget the file before. */
export function forgetPrior() {
  estimate = null;
  setPrior(null);
}

/** Set what papers are about to be classified with; null is the prior of training. */
export function setPrior(prior) {
  applied = prior;
  $("prior-text").textContent = "";
  $("prior").hidden = $("prior-file").hidden = true;
}

/** Ask for the prior of a file that was just classified; an error costs the suggestion alone. */
export async function suggestPrior(papers, among, signal, classifyWith) {
  if (papers.length < FEWEST) return;
  let newest;
  try {
    newest = await estimatePrior(papers, among, signal);
  } catch (error) {
    if (error instanceof ApiError || error.name === "AbortError") return;
    throw error;
  }
  if (signal.aborted) return;
  estimate = newest;
  $("prior-button").onclick = () => classifyWith(applied ? null : estimate.prior);
  showPrior();
}

/** Show what there is to say of the prior of the answers. */
export function showPrior() {
  if (estimate?.disagreement && estimate.papers >= FEWEST) $("prior-text").replaceChildren(...describeDisagreement(estimate.disagreement));
  $("prior").hidden = !estimate?.useful;
  $("prior-file").hidden = !applied;
  if (!estimate?.useful) return;
  $("prior-text").textContent = applied ? APPLIED : describeGain(estimate);
  $("prior-button").textContent = applied ? "Classify again without these shares" : "Classify again with these shares";
  $("prior-rows").replaceChildren(...listLargest(estimate.prior, SHOWN).map(([category, share]) => el("tr", {},
    el("td", {}, el("bdi", {}, category), el("span", { class: "meaning" }, getName(category))),
    el("td", {}, formatPercent(share)),
    el("td", {}, formatPercent(estimate.training_prior[category])))));
}

const APPLIED = "These answers assume the estimated shares of the categories. CSV has no room for them: prior.json keeps them. "
  + "A paper that is opened alone is classified without them.";

function describeGain({ gain, checked }) {
  const doubt = checked ? "" : " The model does not say what a second estimate needs to check this.";
  return "These papers have other shares of the categories than the training papers: with the estimated ones, "
    + `${Math.round(1000 * gain)} more of 1,000 answers are expected to be right.${doubt}`;
}

const describeDisagreement = ({ group, share, low, high }) => [
  "These papers may have other shares of the categories than the training papers, but two estimates disagree: ", el("bdi", {}, group),
  ` is ${formatPercent(share)} of them by their probabilities, ${formatPercent(low)} to ${formatPercent(high)} by the counts of answers.`];

/** The prior of the answers in a few words, for the summary; empty where it is that of training. */
export function describePrior() {
  if (!applied) return "";
  const shares = listLargest(applied, NAMED).map(([category, share]) => `${category} ${formatPercent(share)}`);
  return ` with the estimated shares (${shares.join(", ")}${Object.keys(applied).length > NAMED ? ", …" : ""})`;
}

const listLargest = (prior, number) => Object.entries(prior).sort((a, b) => b[1] - a[1]).slice(0, number);
