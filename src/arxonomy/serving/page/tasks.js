// Tasks that ask the service: the newest of a kind cancels the older one, and an error is shown.

import { ApiError } from "./api.js";
import { $, el } from "./dom.js";

const requests = { prediction: new AbortController(), words: new AbortController(), file: new AbortController() };

/** A signal for a new request of a kind; it cancels the older one, so that no response comes late. */
export function replaceRequest(kind) {
  requests[kind].abort();
  requests[kind] = new AbortController();
  return requests[kind].signal;
}

/** Run a task about the `paper`, a `file`, the `examples` or the `service`; an error is shown, with a button to try again. */
export async function attempt(subject, task) {
  try {
    await task();
    clearNotice(subject);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!(error instanceof ApiError)) throw error;
    if (error.needsKey) {
      $("key").hidden = false;
      $("key-field").focus();
    }
    showNotice(subject, error.message, error.needsKey ? null : () => attempt(subject, task));
  }
}

function showNotice(subject, message, retry) {
  $("notice").dataset.subject = subject;
  const button = retry && el("button", { type: "button", class: "button", on: { click: retry } }, "Try again");
  $("notice").replaceChildren(...(message ? [el("p", { class: "notice" }, message, button ?? "")] : []));
}

/** Remove the notice about a subject. */
export function clearNotice(subject) {
  if ($("notice").dataset.subject === subject) showNotice(subject, "");
}
