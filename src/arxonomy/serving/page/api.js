// The service: requests out, responses in; an error becomes a sentence that says what to do.

import { toWellFormed } from "./dom.js";
import { formatShares } from "./names.js";

export const PRIVACY = "What you type goes to this service and nowhere else.";

const RETRIES = 3; // of a busy service

let key = ""; // of this page alone: never stored

export function setKey(value) {
  key = value;
}

/** An error of the service; the message is for people. */
export class ApiError extends Error {
  constructor(message, { needsKey = false } = {}) {
    super(message);
    this.needsKey = needsKey;
  }
}

export const getModel = (signal) => fetchJson("v1/model", { signal });

/** The prediction for one paper, `among` some categories, or null; with all categories, which are summed up. */
export async function classify(paper, among, signal) {
  const response = await fetchJson("v1/classify", { signal, body: JSON.stringify({ papers: [paper], among, top_k: null }) });
  return response.predictions[0];
}

/** The words that drove a prediction; `against` null is all other categories. */
export const explain = (paper, among, category, against, signal) =>
  fetchJson("v1/explain", { signal, body: JSON.stringify({ ...paper, among, category, against }) });

/** The papers of a file, `{line, error}` for what cannot be read of it, and `{note}` on the whole of it. */
export const readFile = (file, signal) =>
  fetchLines(`v1/papers?name=${encodeURIComponent(toWellFormed(file.name).slice(-250))}`, {
    signal, body: file, type: "application/octet-stream",
  });

/** Predictions for many papers, in their order; `{error}` where there is none. `prior` null is that of training. */
export const classifyMany = (papers, among, prior, signal) =>
  fetchLines(addQuery("v1/classify", { among, prior: prior && formatShares(Object.entries(prior)) }), sendLines(papers, signal));

/** The class prior of papers as the service estimates it; it applies nothing. */
export const estimatePrior = (papers, among, signal) =>
  fetchJson(addQuery("v1/prior", { among }), sendLines(papers, signal));

/** The examples; our own files need no key. */
export const getExamples = () => fetchLines("page/examples.jsonl", {});

function addQuery(path, options) {
  const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value !== null)).toString();
  return query ? `${path}?${query}` : path;
}

const sendLines = (papers, signal) =>
  ({ signal, type: "application/x-ndjson", body: papers.map((paper) => `${JSON.stringify(paper)}\n`).join("") });

const fetchJson = (path, options) => send(path, options, JSON.parse);
const fetchLines = (path, options) =>
  send(path, options, (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line)));

async function send(path, { signal, body, type = "application/json" }, parse, retries = 0) {
  const headers = { ...(body && { "Content-Type": type }), ...(key && { Authorization: `Bearer ${key}` }) };
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body, signal });
    if (response.ok) return parse(await response.text()); // it may end before it is complete
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const what = response ? "broke off its response" : "cannot be reached";
    throw new ApiError(`The service ${what}. See that it is still running, then try again; your text is kept.`);
  }
  if (response.status === 503 && retries < RETRIES) {
    await pause(1000 * (Number(response.headers.get("Retry-After")) || 1), signal);
    return send(path, { signal, body, type }, parse, retries + 1);
  }
  throw await makeError(response);
}

async function makeError(response) {
  const body = await response.json().catch(() => ({}));
  const detail = body.detail ?? `it answered ${response.status}`;
  switch (response.status) {
    case 401:
      return new ApiError(key ? "The service does not know this key." : "", { needsKey: true });
    case 413:
      return new ApiError(`This is more than the service accepts at a time: shorten the text, or split the file. (${detail})`);
    case 422:
      return new ApiError(`This cannot be classified: ${detail}`);
    case 503:
      return new ApiError("The service is at capacity. Wait a little, then try again.");
    case 504:
      return new ApiError("The service needed too long for this. Try again, or with less text.");
    default:
      return new ApiError(`The service answered with an error: ${detail}`);
  }
}

const pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("cancelled", "AbortError"));
    });
  });
