// The model in this browser, with the functions that the page calls of the service: `serving/page/api.js`.

export const PRIVACY = "What you type stays in this browser: the model runs here.";

/** An error of the model; the message is for people. */
export class ApiError extends Error {}

const worker = startWorker();
const waiting = new Map();
let last = 0;
let fault = null; // why the worker cannot answer

// A worker from a blob has the policy of the page, which lets it load nothing from elsewhere; one from a file has none.
function startWorker() {
  const script = `import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`;
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const policy = globalThis.trustedTypes?.createPolicy("arxonomy", { createScriptURL: (url) => url });
  const started = new Worker(policy ? policy.createScriptURL(address) : address, { type: "module" });
  started.addEventListener("message", ({ data }) => answer(data));
  started.addEventListener("error", () => {
    fault = "its scripts cannot be loaded";
    for (const id of [...waiting.keys()]) answer({ id, error: fault });
  });
  return started;
}

function answer({ id, result, error, isRequest }) {
  const request = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) request?.resolve(result);
  else {
    request?.reject(new ApiError(isRequest ? `This cannot be classified: ${error}.`
      : `The model cannot run here: ${error}. Reload the page; if that does not help, try a newer browser.`));
  }
}

/** Ask the worker; an aborted `signal` cancels what is not computed yet. */
function ask(task, given, signal) {
  last += 1;
  const id = last;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    signal?.addEventListener("abort", () => {
      if (!waiting.delete(id)) return;
      worker.postMessage({ id, task: "cancel" });
      reject(new DOMException("cancelled", "AbortError"));
    });
    if (fault) answer({ id, error: fault });
    else worker.postMessage({ id, task, given });
  });
}

export const getModel = (signal) => ask("getModel", [], signal);

/** The prediction for one paper, with all categories. */
export const classify = (paper, among, signal) => ask("classify", [paper], signal);

/** The words that drove a prediction; `against` null is all other categories. */
export const explain = (paper, among, category, against, signal) => ask("explain", [paper, category, against], signal);

/** The examples. */
export async function getExamples() {
  const text = await (await fetch(new URL("examples.jsonl", import.meta.url))).text();
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

async function refuse() {
  throw new ApiError("This page classifies one paper at a time. `arxonomy classify FILE` and the page of `arxonomy serve` read files.");
}

export { refuse as readFile, refuse as classifyMany, refuse as estimatePrior };

/** The service's key; there is none. */
export const setKey = () => {};
