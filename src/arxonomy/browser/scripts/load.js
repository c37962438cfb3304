// The files of the model -> a model that answers.

import { Model } from "./model.js";
import * as ort from "./ort.js";
import { setRules } from "./rules.js";

const find = (name) => new URL(name, import.meta.url).href;

async function load(name) {
  const response = await fetch(find(name));
  if (!response.ok) throw new Error(`${name}: the answer is ${response.status}`);
  return response;
}

const loadJson = async (name) => (await load(name)).json();
const loadBytes = async (name) => new Uint8Array(await (await load(name)).arrayBuffer());

/** What is known of the model besides its weights. */
export const loadFacts = () => loadJson("facts.json");

/** The model of these facts. */
export async function loadModel(facts) {
  ort.env.wasm.numThreads = 1; // more need headers that plain servers do not send
  ort.env.wasm.wasmPaths = { wasm: find("ort.wasm") };
  const [rules, vocabulary, graph, data] = await Promise.all([
    loadJson("rules.json"), loadJson("vocabulary.json"), loadBytes("model.onnx"), loadBytes("model.safetensors"),
  ]);
  setRules(rules);
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: ["wasm"], graphOptimizationLevel: "disabled", externalData: [{ path: "model.safetensors", data }],
  });
  return new Model(ort, session, await facts, vocabulary);
}
