// The page: what is typed goes to the service, and its newest answer is shown.

import { classify, examples, explain, model, Trouble, useKey } from "./api.js";
import { $, el, percent, wellFormed } from "./dom.js";
import { asCsv, asJsonLines, download, sortFile } from "./files.js";
import { draw as drawNetwork } from "./network.js";
import { sureness } from "./sure.js";
import { bleach, color, draw as drawWords, moveByKeys, Text } from "./words.js";

const PAUSE = 200; // milliseconds without a key before the service is asked
const BARS = 8;
const KEPT = 64; // explanations

let about = null; // what the model says of itself
let texts = []; // title and abstract as words
let answer = null;
let chosen = { category: null, against: null }; // by the reader; null is the answer's own
let pointed = null; // the category under the pointer or the focus
let gates = null;
const explanations = new Map();
const asking = { answer: new AbortController(), words: new AbortController(), file: new AbortController() };
let timer = 0;

/** A signal for a new question of a kind; it ends the older one, so that no answer comes late. */
function instead(kind) {
  asking[kind].abort();
  asking[kind] = new AbortController();
  return asking[kind].signal;
}

/** Run a question about the `paper`, a `file` or the `service`; what goes wrong is told, with a way to ask again. */
async function attempt(subject, question) {
  try {
    await question();
    settle(subject);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof Trouble)) throw error;
    if (error.needsKey) {
      $("key").hidden = false;
      $("key-field").focus();
    }
    notice(subject, error.message, error.needsKey ? null : () => attempt(subject, question));
  }
}

function notice(subject, message, again) {
  $("notice").dataset.subject = subject;
  const button = again && el("button", { type: "button", class: "button", on: { click: again } }, "Try again");
  $("notice").replaceChildren(...(message ? [el("p", { class: "notice" }, message, button ?? "")] : []));
}

/** Take away what is told of a subject. */
function settle(subject) {
  if ($("notice").dataset.subject === subject) notice(subject, "");
}

/** The paper as it is sent: without the words that are struck out. */
const paper = () => Object.fromEntries(texts.map((text) => [text.name, text.kept]));

function typed() {
  const before = texts;
  texts = ["title", "abstract"].map((name) => new Text(name, wellFormed($(name).value)));
  for (const [place, text] of before.entries()) texts[place].strikeAs(text);
  bleach(texts);
  drawWords($("reading"), texts, strike);
  changed(PAUSE);
}

function strike(piece) {
  piece.struck = !piece.struck;
  piece.score = 0;
  changed(0);
}

function changed(pause) {
  clearTimeout(timer);
  instead("answer"); // what is still to come is about another text
  instead("words");
  $("reading").classList.add("stale");
  $("thinking").hidden = true;
  paint();
  $("restore").hidden = !texts.some((text) => text.words.some((word) => word.struck));
  timer = setTimeout(() => attempt("paper", sort), pause);
}

const isBlank = ({ title, abstract }) => !(title + abstract).trim();

async function sort() {
  const signal = instead("answer");
  const asked = paper();
  if (isBlank(asked)) {
    answer = null;
    chosen = { category: null, against: null };
    showAnswer();
    return;
  }
  const found = await classify(asked, signal);
  if (signal.aborted) return;
  answer = found;
  const offered = (category) => (answer.categories.some((one) => one.category === category) ? category : null);
  chosen = { category: offered(chosen.category), against: offered(chosen.against) };
  settle("file");
  showAnswer();
  await showWords();
}

/** What is explained: what is pointed at, else what was chosen, else the answer. */
function target() {
  const category = pointed ?? chosen.category ?? answer.categories[0].category;
  return { category, against: chosen.against === category ? null : chosen.against };
}

function showAnswer() {
  $("words").hidden = !answer;
  $("network").hidden = !answer || !gates;
  $("warning").hidden = !answer?.warning;
  $("verdict").classList.toggle("quiet", !answer);
  if (!answer) {
    $("verdict").textContent = "Paste a title or an abstract, or take an example.";
    $("sure").textContent = $("measured").textContent = $("spoken").textContent = "";
    $("bars").replaceChildren();
    return;
  }
  const best = answer.categories[0];
  const { words, note } = answer.warning ? { words: "Little to go by.", note: "" } : sureness(best.probability, about?.measured);
  $("verdict").textContent = best.category;
  $("sure").textContent = words;
  $("measured").textContent = note;
  $("warning").textContent = answer.warning ?? "";
  const spoken = `${best.category}, ${percent(best.probability)}. ${words} ${answer.warning ?? ""}`;
  if ($("spoken").textContent !== spoken) $("spoken").textContent = spoken;
  showBars();
  fillChoice($("category"), answer.categories.map((one) => one.category), target().category);
  paint();
}

/** Bars keep their places' elements, so that the focus stays and lengths glide. */
function showBars() {
  const shown = answer.categories.slice(0, BARS);
  const rest = answer.categories.slice(BARS);
  const list = $("bars");
  if (list.querySelectorAll("button").length !== shown.length) {
    list.replaceChildren(...shown.map(() => el("li", {}, bar())));
    if (rest.length) list.append(el("li", { class: "rest quiet" }));
  }
  // While one is pointed at, categories keep their places, so that nothing jumps under the pointer.
  const buttons = [...list.querySelectorAll("button")];
  const before = buttons.map((button) => shown.find((one) => one.category === button.dataset.category));
  const order = pointed && before.every(Boolean) ? before : shown;
  for (const [place, button] of buttons.entries()) {
    const { category, probability } = order[place];
    button.dataset.category = category;
    button.querySelector(".name").textContent = category;
    button.querySelector(".share").textContent = percent(probability);
    button.querySelector(".track > span").style.width = `${100 * probability}%`;
  }
  const more = list.querySelector(".rest");
  if (more) {
    more.textContent = `${rest.length} more, together ${percent(rest.reduce((sum, one) => sum + one.probability, 0))}`;
  }
}

function bar() {
  const of = (event) => event.currentTarget.dataset.category;
  return el("button", {
    type: "button", "aria-pressed": "false",
    on: {
      pointerenter: (event) => event.pointerType === "mouse" && point(of(event)),
      pointerleave: () => point(null),
      focus: (event) => point(of(event)),
      blur: () => point(null),
      click: (event) => choose({ category: of(event), against: chosen.against }),
    },
  }, el("span", { class: "name" }), el("span", { class: "track" }, el("span")), el("span", { class: "share" }));
}

function point(category) {
  if (pointed === category) return;
  pointed = category;
  if (answer) attempt("paper", showWords);
}

function choose(next) {
  pointed = null;
  chosen = next.against === next.category ? { ...next, against: null } : next;
  if (answer) attempt("paper", showWords);
}

/** Color the words for what is asked; the service is asked once for each question. */
async function showWords() {
  const signal = instead("words");
  const asked = paper();
  if (isBlank(asked)) return;
  const { category, against } = target();
  const name = JSON.stringify([asked, category, against]);
  showTarget(category, against);
  let found = explanations.get(name);
  if (!found) {
    $("thinking").hidden = false;
    $("reading").classList.add("stale");
    paint(true);
    try {
      if (pointed) await new Promise((resolve) => setTimeout(resolve, 120)); // the pointer may be passing by
      if (signal.aborted) return;
      found = (await explain(asked, category, against, signal)).explanation;
    } catch (error) {
      if (!signal.aborted) {
        bleach(texts); // colors and gates there answer another question
        gates = null;
        $("network").hidden = true;
        rested();
      }
      throw error;
    }
    if (signal.aborted) return;
    explanations.set(name, found);
    if (explanations.size > KEPT) explanations.delete(explanations.keys().next().value);
  }
  for (const text of texts) text.score(found[text.name], found.unread[text.name]);
  gates = found.gates;
  $("network").hidden = !gates;
  rested();
}

/** Nothing is looked for any more. */
function rested() {
  $("thinking").hidden = true;
  $("reading").classList.remove("stale");
  paint();
}

function showTarget(category, against) {
  const labels = answer.categories.map((one) => one.category);
  fillChoice($("category"), labels, category);
  fillChoice($("against"), ["", ...labels.filter((label) => label !== category)], against ?? "");
  $("legend-for").textContent = category;
  for (const button of $("bars").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.category === category));
  }
}

function fillChoice(select, values, value) {
  const now = JSON.stringify(values);
  if (select.dataset.values !== now) {
    select.dataset.values = now;
    select.replaceChildren(...values.map((one) => el("option", { value: one }, one || "all others")));
  }
  select.value = value;
}

function paint(busy = false) {
  color(texts);
  const words = texts.flatMap((text) => text.words);
  $("legend-unknown").hidden = !words.some((word) => word.known === false);
  $("legend-unread").hidden = !words.some((word) => word.read === false && !word.struck);
  if (answer && gates) drawNetwork($("picture"), { texts, gates, categories: answer.categories, busy });
}

function open({ title, abstract }) {
  texts = []; // another paper: nothing of it is struck out
  chosen = { category: null, against: null };
  $("title").value = title;
  $("abstract").value = abstract;
  typed();
  $("paper").scrollIntoView({ block: "nearest" });
}

function take(file) {
  if (!file) return;
  settle("file");
  attempt("file", () => sortFile(file, open, instead("file")));
}

/** What needs the key, if there is one. */
async function start() {
  about = await model();
  $("about").textContent = `Model ${about.recipe} with ${about.labels.length} categories, Arxonomy ${about.arxonomy}`
    + `${about.sha256 ? `, hash ${about.sha256.slice(0, 12)}` : ""}. What you type goes to this service and nowhere else.`;
}

for (const name of ["title", "abstract"]) $(name).addEventListener("input", typed);
$("category").addEventListener("change", (event) => choose({ category: event.target.value, against: chosen.against }));
$("against").addEventListener("change", (event) => choose({ category: chosen.category ?? target().category, against: event.target.value || null }));
$("restore").addEventListener("click", () => {
  for (const text of texts) for (const word of text.words) word.struck = false;
  $("reading").querySelector('[tabindex="0"]')?.focus(); // the button vanishes
  changed(0);
});
$("file").addEventListener("change", (event) => {
  take(event.target.files[0]);
  event.target.value = ""; // the same file can be chosen again
});
$("csv").addEventListener("click", () => download("arxonomy.csv", "text/csv", asCsv()));
$("jsonl").addEventListener("click", () => download("arxonomy.jsonl", "application/x-ndjson", asJsonLines()));
$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey($("key-field").value);
  $("key").hidden = true;
  $("title").focus();
  attempt("service", start).then(() => about && texts.length && attempt("paper", sort));
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
  take(event.dataTransfer.files[0]);
});

attempt("service", start);
attempt("service", async () => {
  const found = await examples();
  $("examples").replaceChildren(
    el("span", { class: "quiet" }, "Examples:"),
    ...found.map((one) => el("button", { type: "button", on: { click: () => open(one) } }, one.name)));
});
if ($("title").value || $("abstract").value) typed(); // what the browser kept from before
