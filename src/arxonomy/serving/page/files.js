// A file: its papers read by the service, classified group by group, listed, and ready to be downloaded.

import { classifyMany, readFile, ApiError } from "./api.js";
import { $, el, formatNumber, formatPercent } from "./dom.js";
import { formatListed } from "./listed.js";
import { getName } from "./names.js";
import { findOutside, getAmong, NONE } from "./outside.js";
import { describePrior, forgetPrior, getApplied, setPrior, showPrior, suggestPrior } from "./prior.js";
import { attempt, replaceRequest } from "./tasks.js";

const GROUP = 64; // papers classified at a time, so that the first predictions come soon
const LISTED = 500; // rows
const COUNTED = 12; // categories

let rows = []; // {paper, prediction}

/** Read and classify a file; `open(paper)` is called when a paper of the list is chosen. */
export async function classifyFile(file, open, signal) {
  $("results").hidden = true; // the rows of the file before
  forgetPrior();
  const records = await readFile(file, signal);
  const papers = records.filter((record) => !record.error && !record.note);
  const among = getAmong(); // of the whole file, whatever is typed meanwhile
  showBad(records.filter((record) => record.error));
  showNotes(records.filter((record) => record.note));
  const source = { name: file.name, papers, among, open };
  await classifyPapers(source, null, signal);
  // Not waited for: the file is done, whatever becomes of this.
  suggestPrior(papers, among, signal, (prior) => attempt("file", () => classifyPapers(source, prior, replaceRequest("file"))));
}

/** Classify a file's papers with a class prior, or null for that of training. */
async function classifyPapers({ name, papers, among, open }, prior, signal) {
  setPrior(prior);
  rows = [];
  $("results").hidden = $("progress").hidden = false;
  $("downloads").hidden = true;
  const body = el("tbody");
  $("table").replaceChildren(el("table", {},
    el("thead", {}, el("tr", {}, ...["Paper", "Category", "Probability"].map((name) => el("th", { scope: "col" }, name)))),
    body));
  $("summary").replaceChildren(`Classifying ${formatCount(papers.length, "paper")} of `, el("bdi", {}, name), "…");
  $("results-heading").focus();
  $("progress").value = 0;
  try {
    for (let start = 0; start < papers.length; start += GROUP) {
      const group = papers.slice(start, start + GROUP);
      const predictions = await classifyMany(group, among, prior, signal);
      if (predictions.length !== group.length) throw new ApiError(describeStop(predictions.at(-1), papers.length));
      for (const [place, paper] of group.entries()) {
        const row = { paper, prediction: predictions[place] };
        rows.push(row);
        if (rows.length <= LISTED) body.append(makeRow(row, open));
      }
      $("progress").value = rows.length / papers.length;
    }
  } finally {
    if (!signal.aborted) { // else the page shows a newer file
      $("progress").hidden = true;
      $("downloads").hidden = !rows.length;
      $("summary").replaceChildren(el("bdi", {}, name), summarize());
      showPrior();
    }
  }
}

function describeStop(last, all) {
  const why = last?.error ? ` (${last.error})` : "";
  return `The service stopped after ${formatNumber(rows.length)} of ${formatCount(all, "paper")}. What is classified can be downloaded; `
    + `see that the service is running, then try again.${why}`;
}

function showBad(bad) {
  $("bad").hidden = !bad.length;
  $("bad").querySelector("summary").textContent = `${formatCount(bad.length, "record")} could not be used`;
  $("bad").querySelector("ul").replaceChildren(
    ...bad.slice(0, LISTED).map(({ line, error }) => el("li", {}, `line ${line}: ${error}`)));
}

function showNotes(notes) {
  $("notes").hidden = !notes.length;
  $("notes").replaceChildren(...notes.map(({ note }) => el("li", {}, note)));
}

function makeRow({ paper, prediction }, open) {
  const name = paper.title.trim() || paper.abstract.trim().slice(0, 120);
  return el("tr", {},
    el("td", { dir: "auto" }, el("button", { type: "button", on: { click: () => open(paper) } }, name)),
    el("td", {}, el("span", {}, prediction.error ?? nameAnswer(prediction)), el("span", { class: "meaning" }, getName(prediction.category))),
    el("td", {}, prediction.error ? "" : describeShares(prediction)));
}

const nameAnswer = (prediction) => findOutside(prediction)?.title ?? prediction.category ?? NONE;

function describeShares(prediction) {
  const state = findOutside(prediction);
  if (state) return state.describe(prediction);
  const best = formatPercent(prediction.probability);
  return prediction.outside === undefined ? best : `${best}, outside ${formatPercent(prediction.outside)}`;
}

function summarize() {
  const classified = rows.filter(({ prediction }) => !prediction.error);
  const counts = new Map();
  for (const answer of classified.map(({ prediction }) => nameAnswer(prediction))) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([label, number]) => `${label} ${formatNumber(number)}`);
  const others = parts.length > COUNTED ? ` and ${formatNumber(parts.length - COUNTED)} more categories` : "";
  const more = rows.length > LISTED ? ` The first ${LISTED} are listed; the downloads have all.` : "";
  return `: ${formatCount(classified.length, "paper")} classified${describePrior()}. ${parts.slice(0, COUNTED).join(", ")}${others}.${more}`;
}

const formatCount = (number, noun) => `${formatNumber(number)} ${noun}${number === 1 ? "" : "s"}`;

/** The predictions as the service sent them; the first also says which prior they all have, as `arxonomy classify` writes it. */
export function toJsonLines() {
  const prior = getApplied();
  const first = prior && rows.find(({ prediction }) => !prediction.error);
  return rows.map((row) => `${JSON.stringify(row === first ? { ...row.prediction, prior } : row.prediction)}\n`).join("");
}

/** The predictions as `arxonomy classify --format csv` writes them. */
export function toCsv() {
  const withLists = rows.some(({ prediction }) => prediction.listed);
  const withOutside = rows.some(({ prediction }) => prediction.outside !== undefined);
  const withTypicality = rows.some(({ prediction }) => prediction.typicality !== undefined);
  const header = ["id", "title", "abstract", "predicted_category", "predicted_probability", "read", "unknown_words", "warnings", "abstained",
    ...(withLists ? ["predicted_listed"] : []), ...(withOutside ? ["outside"] : []), ...(withTypicality ? ["typicality"] : [])];
  const lines = rows.filter(({ prediction }) => !prediction.error).map(({ paper, prediction }) => [
    paper.id, paper.title, paper.abstract, prediction.category ?? "", prediction.probability.toFixed(6),
    prediction.read.join(" "), prediction.unknown_words.toFixed(4), prediction.warnings.join("; "), String(prediction.abstained),
    ...(withLists ? [formatListed(prediction.listed)] : []),
    ...(withOutside ? [prediction.outside.toFixed(6)] : []),
    ...(withTypicality ? [prediction.typicality?.toFixed(6) ?? ""] : []),
  ]);
  return [header, ...lines].map((cells) => `${cells.map(formatCell).join(",")}\n`).join("");
}

/** A cell that a spreadsheet shows instead of running it. */
function formatCell(text) {
  const starts = /^[=+\-@\t\r\n＝＋－＠]/u.test(text);
  const harmless = starts && !/^[+-]([\p{L}\p{N}_ .,:/%-]*|[\d .,:/%()-]*)$/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Hand a text to the browser as a file. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
