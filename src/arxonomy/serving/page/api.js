// The service: questions out, answers in, and whatever goes wrong as a sentence that says what to do.

import { wellFormed } from "./dom.js";

const PATIENCE = 3; // times that a busy service is asked again

let key = ""; // of this page alone: never stored

export function useKey(given) {
  key = given;
}

/** Something went wrong; the message is for people. */
export class Trouble extends Error {
  constructor(message, { needsKey = false } = {}) {
    super(message);
    this.needsKey = needsKey;
  }
}

export const model = (signal) => json("v1/model", { signal });

/** The answer for one paper. */
export async function classify(paper, signal) {
  const found = await json("v1/classify", { signal, body: JSON.stringify({ papers: [paper] }) });
  return found.predictions[0];
}

/** The words behind an answer; `against` null is all other categories. */
export const explain = (paper, category, against, signal) =>
  json("v1/explain", { signal, body: JSON.stringify({ ...paper, category, against }) });

/** The papers of a file, and `{line, error}` for what cannot be read of it. */
export const readFile = (file, signal) =>
  lines(`v1/papers?name=${encodeURIComponent(wellFormed(file.name).slice(-250))}`, {
    signal, body: file, type: "application/octet-stream",
  });

/** Answers for many papers, in their order; `{error}` where there is none. */
export const classifyMany = (papers, signal) =>
  lines("v1/classify", {
    signal, type: "application/x-ndjson", body: papers.map((paper) => JSON.stringify(paper)).join("\n") + "\n",
  });

/** Of our own files, which need no key. */
export const examples = () => lines("page/examples.jsonl", {});

const json = (path, options) => ask(path, options, JSON.parse);
const lines = (path, options) =>
  ask(path, options, (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line)));

async function ask(path, { signal, body, type = "application/json" }, parse, asked = 0) {
  const headers = { ...(body && { "Content-Type": type }), ...(key && { Authorization: `Bearer ${key}` }) };
  let answer;
  try {
    answer = await fetch(path, { method: body ? "POST" : "GET", headers, body, signal });
    if (answer.ok) return parse(await answer.text()); // an answer may end before it is whole
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const what = answer ? "broke off its answer" : "cannot be reached";
    throw new Trouble(`The service ${what}. See that it is still running, then try again; your text is kept.`);
  }
  if (answer.status === 503 && asked < PATIENCE) {
    await pause(1000 * (Number(answer.headers.get("Retry-After")) || 1), signal);
    return ask(path, { signal, body, type }, parse, asked + 1);
  }
  throw await trouble(answer);
}

async function trouble(answer) {
  const problem = await answer.json().catch(() => ({}));
  const detail = problem.detail ?? `it answered ${answer.status}`;
  switch (answer.status) {
    case 401:
      return new Trouble(key ? "The service does not know this key." : "", { needsKey: true });
    case 413:
      return new Trouble(`This is more than the service takes at a time: shorten the text, or split the file. (${detail})`);
    case 422:
      return new Trouble(`This cannot be sorted: ${detail}`);
    case 503:
      return new Trouble("The service has too much to do at the moment. Wait a little, then try again.");
    case 504:
      return new Trouble("The service needed too long for this. Try again, or with less text.");
    default:
      return new Trouble(`The service refused: ${detail}`);
  }
}

const pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("given up", "AbortError"));
    });
  });
