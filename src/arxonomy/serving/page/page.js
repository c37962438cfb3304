// The page: what is typed goes to the service, and its newest prediction is shown.

import { classify, explain, getExamples, getModel, PRIVACY, setKey } from "./api.js";
import { showBars } from "./bars.js";
import { makeCombobox } from "./combobox.js";
import { describeConfidence } from "./confidence.js";
import { $, el, formatPercent, toWellFormed } from "./dom.js";
import { classifyFile, download, toCsv, toJsonLines } from "./files.js";
import { showLevels } from "./levels.js";
import { showListed } from "./listed.js";
import { getName, searchCategories, setNames, showMeaning } from "./names.js";
import { drawNetwork } from "./network.js";
import { findOutside, getAmong, showOutside } from "./outside.js";
import { toPriorFile } from "./prior.js";
import { attempt, clearNotice, replaceRequest } from "./tasks.js";
import { clearColors, colorWords, drawWords, moveByKeys, Text } from "./words.js";

const PAUSE = 200; // milliseconds without a key before a request is sent
const ALL_OTHERS = "all others";
const KEPT = 64; // explanations

let model = null; // as the service describes it
let texts = []; // title and abstract as words
let prediction = null;
let chosen = { category: null, against: null }; // by the reader; null is the default
let pointed = null; // the category under the pointer or the focus
let gates = null;
const explanations = new Map();
let timer = 0;

/** The paper as it is sent: without the words that are struck out. */
const getPaper = () => Object.fromEntries(texts.map((text) => [text.name, text.kept]));

function readInput() {
  const before = texts;
  texts = ["title", "abstract"].map((name) => new Text(name, toWellFormed($(name).value)));
  for (const [place, text] of before.entries()) texts[place].copyStrikes(text);
  clearColors(texts);
  drawWords($("reading"), texts, toggleStrike);
  scheduleRequest(PAUSE);
}

function toggleStrike(piece) {
  piece.struck = !piece.struck;
  piece.score = 0;
  scheduleRequest(0);
}

function scheduleRequest(pause) {
  clearTimeout(timer);
  replaceRequest("prediction"); // what is still to come is about another text
  replaceRequest("words");
  $("reading").classList.add("stale");
  $("thinking").hidden = true;
  paint();
  $("restore").hidden = !texts.some((text) => text.words.some((word) => word.struck));
  timer = setTimeout(() => attempt("paper", classifyPaper), pause);
}

const isBlank = ({ title, abstract }) => !(title + abstract).trim();

async function classifyPaper() {
  const signal = replaceRequest("prediction");
  const paper = getPaper();
  if (isBlank(paper)) {
    prediction = null;
    chosen = { category: null, against: null };
    showPrediction();
    return;
  }
  const newest = await classify(paper, getAmong(), signal);
  if (signal.aborted) return;
  prediction = newest;
  const keepIfOffered = (category) => (prediction.categories.some((one) => one.category === category) ? category : null);
  chosen = { category: keepIfOffered(chosen.category), against: keepIfOffered(chosen.against) };
  pointed = keepIfOffered(pointed); // its bar may have vanished under the pointer
  clearNotice("file");
  showPrediction();
  await showWords();
}

/** What is explained: what is pointed at, else what was chosen, else the prediction. */
function getTarget() {
  const category = pointed ?? chosen.category ?? prediction.categories[0].category;
  return { category, against: chosen.against === category ? null : chosen.against };
}

function showPrediction() {
  $("words").hidden = !prediction;
  $("network").hidden = !prediction || !gates;
  $("warning").hidden = !prediction?.warnings.length;
  $("verdict").classList.toggle("quiet", !prediction);
  for (const show of [showMeaning, showLevels, showListed, showOutside]) show(prediction, model);
  if (!prediction) {
    $("verdict").textContent = "Paste a title or an abstract, or take an example.";
    $("confidence").textContent = $("evaluation").textContent = $("spoken").textContent = "";
    $("bars").replaceChildren();
    return;
  }
  const best = prediction.categories[0];
  const [alone, ...others] = prediction.read;
  const isPart = alone !== undefined && !others.length; // the evaluation is of whole papers
  const evaluation = isPart || prediction.outside !== undefined ? null : model?.evaluation; // nor is it of a view
  const outside = findOutside(prediction);
  const name = outside?.title ?? best.category;
  const { words, note } = outside ? { words: `${outside.describe(prediction)}.`, note: "" } : prediction.warnings.length ? { words: "Not reliable.", note: "" } : describeConfidence(best.probability, evaluation);
  const missing = alone === "title" ? "abstract" : "title";
  $("verdict").textContent = name;
  $("confidence").textContent = words;
  const source = outside ? `only the ${alone} was read` : `the category comes from the ${alone} alone`;
  $("evaluation").textContent = isPart ? `There is no ${missing}: ${source}.` : note;
  const warning = prediction.warnings.join("; ");
  $("warning").textContent = warning;
  const spoken = `${outside ? `${name}.` : `${name}, ${formatPercent(best.probability)}.`} ${words} ${warning}`;
  if ($("spoken").textContent !== spoken) $("spoken").textContent = spoken;
  showBars(prediction.categories, pointed, { point, pick: (category) => choose({ category, against: chosen.against }) });
  paint();
}

function point(category) {
  if (pointed === category) return;
  pointed = category;
  if (prediction) attempt("paper", showWords);
}

function choose(next) {
  pointed = null;
  chosen = next.against === next.category ? { ...next, against: null } : next;
  if (prediction) attempt("paper", showWords);
}

/** Color the words for the target; each explanation is requested once. */
async function showWords() {
  const signal = replaceRequest("words");
  const paper = getPaper();
  if (isBlank(paper)) return;
  const { category, against } = getTarget();
  const among = getAmong();
  const name = JSON.stringify([paper, among, category, against]);
  showTarget(category, against);
  let explanation = explanations.get(name);
  if (!explanation) {
    $("thinking").hidden = false;
    $("reading").classList.add("stale");
    paint(true);
    try {
      if (pointed) await new Promise((resolve) => setTimeout(resolve, 120)); // the pointer may be passing by
      if (signal.aborted) return;
      explanation = (await explain(paper, among, category, against, signal)).explanation;
    } catch (error) {
      if (!signal.aborted) {
        clearColors(texts); // colors and gates belong to another target
        gates = null;
        $("network").hidden = true;
        showRest();
      }
      throw error;
    }
    if (signal.aborted) return;
    explanations.set(name, explanation);
    if (explanations.size > KEPT) explanations.delete(explanations.keys().next().value);
  }
  for (const text of texts) text.setScores(explanation[text.name], explanation.unread[text.name]);
  gates = explanation.gates;
  $("network").hidden = !gates;
  showRest();
}

/** Options of a category as a combobox has them, the most probable of those alike first. */
function findOptions(text, isOffered) {
  const shares = new Map(prediction.categories.map((one) => [one.category, one.probability]));
  const offered = [...shares.keys()].filter(isOffered);
  return searchCategories(text, offered).map(({ category, alias }) => ({
    value: category, text: category,
    note: [getName(category), alias && `also ${alias}`, formatPercent(shares.get(category))].filter(Boolean).join(", "),
  }));
}

/** Show that no explanation is pending. */
function showRest() {
  $("thinking").hidden = true;
  $("reading").classList.remove("stale");
  paint();
}

function showTarget(category, against) {
  setCategory(category);
  setAgainst(against ?? ALL_OTHERS);
  $("legend-support").textContent = category;
  for (const button of $("bars").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.category === category));
  }
}

function paint(busy = false) {
  colorWords(texts);
  const words = texts.flatMap((text) => text.words);
  $("legend-unknown").hidden = !words.some((word) => word.known === false);
  $("legend-unread").hidden = !words.some((word) => word.read === false && !word.struck);
  if (prediction && gates) drawNetwork($("picture"), { texts, gates, categories: prediction.categories, busy });
}

function openPaper({ title, abstract }) {
  texts = []; // another paper: nothing of it is struck out
  chosen = { category: null, against: null };
  $("title").value = title;
  $("abstract").value = abstract;
  readInput();
  $("paper").scrollIntoView({ block: "nearest" });
}

function takeFile(file) {
  if (!file) return;
  clearNotice("file");
  attempt("file", () => classifyFile(file, openPaper, replaceRequest("file")));
}

/** Load the model; it needs the key, if there is one. */
async function loadModel() {
  model = await getModel();
  setNames(model);
  $("about").textContent = `Model ${model.recipe} with ${model.labels.length} categories, Arxonomy ${model.version}`
    + `${model.sha256 ? `, hash ${model.sha256.slice(0, 12)}` : ""}. ${PRIVACY}`;
}

for (const name of ["title", "abstract"]) $(name).addEventListener("input", readInput);
$("among").addEventListener("change", () => texts.length && scheduleRequest(0));
const setCategory = makeCombobox($("category"), {
  search: (text) => findOptions(text, () => true),
  pick: (category) => choose({ category, against: chosen.against }),
});
const setAgainst = makeCombobox($("against"), {
  search: (text) => [
    ...(ALL_OTHERS.startsWith(text.trim().toLowerCase()) ? [{ value: null, text: ALL_OTHERS, note: "" }] : []),
    ...findOptions(text, (category) => category !== getTarget().category),
  ],
  pick: (against) => choose({ category: getTarget().category, against }),
});
$("restore").addEventListener("click", () => {
  for (const text of texts) for (const word of text.words) word.struck = false;
  $("reading").querySelector('[tabindex="0"]')?.focus(); // the button vanishes
  scheduleRequest(0);
});
$("file").addEventListener("change", (event) => {
  takeFile(event.target.files[0]);
  event.target.value = ""; // the same file can be chosen again
});
$("csv").addEventListener("click", () => download("arxonomy.csv", "text/csv", toCsv()));
$("jsonl").addEventListener("click", () => download("arxonomy.jsonl", "application/x-ndjson", toJsonLines()));
$("prior-file").addEventListener("click", () => download("prior.json", "application/json", toPriorFile()));
$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  setKey($("key-field").value);
  $("key").hidden = true;
  $("title").focus();
  attempt("service", loadModel).then(() => model && texts.length && attempt("paper", classifyPaper));
});
moveByKeys($("reading"));

document.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  document.body.classList.remove("dropping");
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  takeFile(event.dataTransfer.files[0]);
});

attempt("service", loadModel);
attempt("examples", async () => { // their success must not hide that the model is not there
  const list = await getExamples();
  $("examples").replaceChildren(
    el("span", { class: "quiet" }, "Examples:"),
    ...list.map((example) => el("button", { type: "button", on: { click: () => openPaper(example) } }, example.name)));
});
if ($("title").value || $("abstract").value) readInput(); // what the browser kept from before
