// Computes in a thread of its own, so that the page stays alive: requests in, answers out.

import { Model, RequestError } from "./model.js";
import * as ort from "./ort.js";
import { setRules } from "./rules.js";

const cancelled = new Set();
const find = (name) => new URL(name, import.meta.url).href;

async function load(name) {
  const response = await fetch(find(name));
  if (!response.ok) throw new Error(`${name}: the answer is ${response.status}`);
  return response;
}

const facts = load("facts.json").then((response) => response.json());
const model = loadModel();
model.catch(() => {}); // whoever asks learns of it

async function loadModel() {
  ort.env.wasm.numThreads = 1; // more need headers that plain servers do not send
  ort.env.wasm.wasmPaths = { wasm: find("ort.wasm") };
  const loadBytes = (name) => load(name).then((response) => response.arrayBuffer()).then((buffer) => new Uint8Array(buffer));
  const [rules, vocabulary, graph, data] = await Promise.all([
    load("rules.json").then((response) => response.json()), load("vocabulary.json").then((response) => response.json()),
    loadBytes("model.onnx"), loadBytes("model.safetensors"),
  ]);
  setRules(rules);
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: ["wasm"], graphOptimizationLevel: "disabled", externalData: [{ path: "model.safetensors", data }],
  });
  return new Model(ort, session, await facts, vocabulary);
}

const tasks = {
  getModel: async () => (await facts).model,
  classify: async (_, paper) => (await model).classify(paper, null),
  explain: async (id, paper, category, against) => {
    const rest = async () => {
      await new Promise((resolve) => setTimeout(resolve)); // newer requests first
      if (cancelled.delete(id)) throw new RequestError("cancelled");
    };
    return (await model).explain(paper, { category, against, rest });
  },
};

addEventListener("message", async ({ data: { id, task, given } }) => {
  if (task === "cancel") {
    cancelled.add(id);
    return;
  }
  try {
    postMessage({ id, result: await tasks[task](id, ...given) });
  } catch (error) {
    postMessage({ id, error: error.message, isRequest: error instanceof RequestError });
  } finally {
    cancelled.delete(id);
  }
});
