// A field that searches while you type: the editable combobox with a list of the ARIA practices.

import { $, el } from "./dom.js";

/**
 * Make a combobox of an input, whose list is what its `aria-controls` names.
 *
 * `search(text)` finds the options, [{value, text, note}], the best first; `pick(value)` is called when one
 * is chosen. The result sets what the field shows.
 */
export function makeCombobox(input, { search, pick }) {
  const list = $(input.getAttribute("aria-controls"));
  let shown = ""; // what the field shows while nobody types
  let options = [];
  let active = -1;

  function open(text) {
    options = search(text);
    list.replaceChildren(...options.map(makeOption));
    // A list without options would be none to a screen reader.
    if (!options.length) list.append(el("li", { role: "option", "aria-disabled": "true", class: "quiet" }, "no other category is called so"));
    list.hidden = false;
    list.scrollTop = 0;
    input.setAttribute("aria-expanded", "true");
    activate(text && options.length ? 0 : -1);
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    activate(-1);
    input.value = shown;
  }

  function makeOption({ text, note }, place) {
    return el("li", {
      role: "option", id: `${list.id}-${place}`, "aria-selected": "false",
      on: { mousedown: (event) => event.preventDefault(), click: () => take(place) }, // the field keeps the focus
    }, el("b", {}, text), el("span", { class: "meaning" }, note));
  }

  function activate(place) {
    list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    active = place;
    const option = place < 0 ? null : list.children[place];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function take(place) {
    const { value, text } = options[place];
    shown = text;
    close();
    pick(value);
  }

  function move(step) {
    if (list.hidden) open("");
    const count = options.length;
    if (count) activate(active < 0 ? (step > 0 ? 0 : count - 1) : (active + step + count) % count);
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => !list.hidden && active >= 0 && take(active),
    Escape: close,
  };
  input.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey || event.isComposing ? null : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  input.addEventListener("input", () => open(input.value));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && open(""));
  input.addEventListener("blur", close);
  return (text) => {
    shown = text;
    if (list.hidden) input.value = text;
  };
}
