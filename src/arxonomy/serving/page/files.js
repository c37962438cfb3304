// A file: its papers read by the service, sorted group by group, listed, and ready to be downloaded.

import { classifyMany, readFile, Trouble } from "./api.js";
import { $, count, el, percent } from "./dom.js";

const GROUP = 64; // papers sorted at a time, so that the first answers come soon
const LISTED = 500;

let rows = []; // {paper, answer}

/** Read and sort a file; `open(paper)` is called when a paper of the list is chosen. */
export async function sortFile(file, open, signal) {
  $("results").hidden = true; // the rows of the file before
  const records = await readFile(file, signal);
  const papers = records.filter((record) => !record.error);
  rows = [];
  showBad(records.filter((record) => record.error));
  $("results").hidden = $("progress").hidden = false;
  $("downloads").hidden = true;
  const body = el("tbody");
  $("table").replaceChildren(el("table", {},
    el("thead", {}, el("tr", {}, ...["Paper", "Category", "Probability"].map((name) => el("th", { scope: "col" }, name)))),
    body));
  $("summary").replaceChildren(`Sorting ${plural(papers.length, "paper")} of `, el("bdi", {}, file.name), "…");
  $("results-heading").focus();
  $("progress").value = 0;
  try {
    for (let start = 0; start < papers.length; start += GROUP) {
      const group = papers.slice(start, start + GROUP);
      const answers = await classifyMany(group, signal);
      if (answers.length !== group.length) throw new Trouble(stopped(answers.at(-1), papers.length));
      for (const [place, paper] of group.entries()) {
        const row = { paper, answer: answers[place] };
        rows.push(row);
        if (rows.length <= LISTED) body.append(listed(row, open));
      }
      $("progress").value = rows.length / papers.length;
    }
  } finally {
    if (!signal.aborted) { // else the page shows a newer file
      $("progress").hidden = true;
      $("downloads").hidden = !rows.length;
      $("summary").replaceChildren(el("bdi", {}, file.name), summed());
    }
  }
}

function stopped(last, all) {
  const why = last?.error ? ` (${last.error})` : "";
  return `The service stopped after ${count(rows.length)} of ${plural(all, "paper")}. What is sorted can be downloaded; `
    + `see that the service is running, then try again.${why}`;
}

function showBad(bad) {
  $("bad").hidden = !bad.length;
  $("bad").querySelector("summary").textContent = `${plural(bad.length, "record")} could not be used`;
  $("bad").querySelector("ul").replaceChildren(
    ...bad.slice(0, LISTED).map(({ line, error }) => el("li", {}, `line ${line}: ${error}`)));
}

function listed({ paper, answer }, open) {
  const name = paper.title.trim() || paper.abstract.trim().slice(0, 120);
  return el("tr", {},
    el("td", { dir: "auto" }, el("button", { type: "button", on: { click: () => open(paper) } }, name)),
    el("td", {}, answer.error ?? answer.category ?? ""),
    el("td", {}, answer.error ? "" : percent(answer.probability)));
}

function summed() {
  const sorted = rows.filter(({ answer }) => !answer.error);
  const counts = new Map();
  for (const { answer } of sorted) counts.set(answer.category, (counts.get(answer.category) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([label, number]) => `${label} ${count(number)}`);
  const more = rows.length > LISTED ? ` The first ${LISTED} are listed; the downloads have all.` : "";
  return `: ${plural(sorted.length, "paper")} sorted. ${parts.slice(0, 12).join(", ")}.${more}`;
}

const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** The answers as the service sent them. */
export const asJsonLines = () => rows.map(({ answer }) => `${JSON.stringify(answer)}\n`).join("");

/** The answers as `arxonomy classify --format csv` writes them. */
export function asCsv() {
  const header = ["id", "title", "abstract", "predicted_category", "predicted_probability", "unknown_words", "warning"];
  const lines = rows.filter(({ answer }) => !answer.error).map(({ paper, answer }) => [
    paper.id, paper.title, paper.abstract, answer.category ?? "", answer.probability.toFixed(6),
    answer.unknown_words.toFixed(4), answer.warning ?? "",
  ]);
  return [header, ...lines].map((cells) => `${cells.map(cell).join(",")}\n`).join("");
}

/** A cell that a spreadsheet shows instead of running it. */
function cell(text) {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Hand a text to the browser as a file. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
