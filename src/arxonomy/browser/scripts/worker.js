// Computes in a thread of its own, so that the page stays alive: requests in, answers out.

import { loadFacts, loadModel } from "./load.js";
import { RequestError } from "./model.js";

const cancelled = new Set();
const facts = loadFacts();
const model = loadModel(facts);
model.catch(() => {}); // each request learns of it

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
