// The paper as words that can be struck out and colored. The service counts places in characters (code
// points) of the text it was sent; this module leads from them back to the words on the screen.

import { el } from "./dom.js";

const STRIKABLE = 2000; // words of a text; far more than a model reads, and a page can hold them
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+|[.,]\p{N}+)*/gu;

/** One text, title or abstract. */
export class Text {
  constructor(name, text) {
    this.name = name;
    this.pieces = []; // {text, word}, which joined give the text
    let end = 0;
    for (const match of text.matchAll(WORD)) {
      if (match.index > end) this.pieces.push({ text: text.slice(end, match.index), word: false });
      this.pieces.push({ text: match[0], word: true, struck: false });
      end = match.index + match[0].length;
      if (this.pieces.length > 2 * STRIKABLE) break;
    }
    if (end < text.length) this.pieces.push({ text: text.slice(end), word: false });
  }

  get words() {
    return this.pieces.filter((piece) => piece.word);
  }

  /** The text without the words that are struck out. */
  get kept() {
    return this.pieces.filter((piece) => !piece.struck).map((piece) => piece.text).join("");
  }

  /** Strike out what is struck in `before`, in the words alike up to the first change and from the last one on. */
  copyStrikes(before) {
    const now = this.words;
    const then = before.words;
    const shorter = Math.min(now.length, then.length);
    let start = 0;
    while (start < shorter && now[start].text === then[start].text) start += 1;
    let end = 0;
    while (end < shorter - start && now.at(-1 - end).text === then.at(-1 - end).text) end += 1;
    for (let i = 0; i < start; i += 1) now[i].struck = then[i].struck;
    for (let i = 1; i <= end; i += 1) now.at(-i).struck = then.at(-i).struck;
  }

  /** Set the score of each word from `scored`, the explanation's words of the kept text; `unread` come after those. */
  setScores(scored, unread) {
    const reach = unread ? scored.at(-1)?.end ?? 0 : Infinity;
    let at = 0;
    let next = 0;
    for (const piece of this.pieces) {
      Object.assign(piece, { score: 0, known: true, read: at < reach });
      if (piece.struck) continue;
      const end = at + [...piece.text].length;
      while (next < scored.length && scored[next].end <= at) next += 1;
      for (let i = next; i < scored.length && scored[i].start < end; i += 1) {
        piece.score += scored[i].score; // a word may be several to the model
        piece.known &&= scored[i].known;
      }
      at = end;
    }
  }
}

/** Draw texts into an element; `strike(piece)` is called when a word is chosen. */
export function drawWords(element, texts, strike) {
  element.replaceChildren(
    ...texts.filter((text) => text.pieces.length).map((text) =>
      el("p", { class: text.name, dir: "auto" }, ...text.pieces.map((piece) => {
        if (!piece.word) return piece.text;
        piece.button = el("button", {
          type: "button", class: "word", tabindex: -1, "aria-pressed": "false", on: { click: () => strike(piece) },
        }, piece.text);
        return piece.button;
      }))),
  );
  element.querySelector(".word")?.setAttribute("tabindex", 0);
}

/** Color the words by their scores. */
export function colorWords(texts) {
  const words = texts.flatMap((text) => text.words);
  const largest = Math.max(0.3, ...words.map((word) => Math.abs(word.score ?? 0)));
  for (const word of words) {
    const depth = Math.ceil((Math.abs(word.score ?? 0) / largest) * 4 - 0.5); // small scores stay white
    word.side = depth > 0 ? (word.score > 0 ? "support" : "oppose") : "";
    word.depth = depth;
    const { dataset, classList } = word.button;
    delete dataset.side;
    delete dataset.depth;
    if (word.side) Object.assign(dataset, { side: word.side, depth });
    word.button.setAttribute("aria-pressed", String(word.struck));
    classList.toggle("unknown", word.known === false);
    classList.toggle("unread", word.read === false && !word.struck);
  }
}

/** Remove the colors, since they belong to another text. */
export function clearColors(texts) {
  for (const text of texts) for (const piece of text.pieces) Object.assign(piece, { score: 0, known: true, read: true });
}

/** One stop of the Tab key for all words; arrow keys move among them. */
export function moveByKeys(element) {
  element.addEventListener("keydown", (event) => {
    const words = [...element.querySelectorAll(".word")];
    const place = words.indexOf(document.activeElement);
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = {
      ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: words.length - 1,
      ArrowDown: findInNextLine(words, place, 1), ArrowUp: findInNextLine(words, place, -1),
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    focusWord(words, words[Math.max(0, Math.min(words.length - 1, to))]);
  });
  element.addEventListener("focusin", (event) => {
    if (event.target.matches(".word")) focusWord([...element.querySelectorAll('[tabindex="0"]')], event.target);
  });
}

function focusWord(others, word) {
  for (const other of others) other.setAttribute("tabindex", -1);
  word.setAttribute("tabindex", 0);
  word.focus();
}

/** The nearest word of the next line (step 1) or of the one before (step -1). */
function findInNextLine(words, place, step) {
  const here = words[place].getBoundingClientRect();
  let best = place;
  let firstTop = null;
  for (let i = place + step; i >= 0 && i < words.length; i += step) {
    const there = words[i].getBoundingClientRect();
    if (Math.abs(there.top - here.top) < here.height / 2) continue;
    firstTop ??= there.top;
    if (Math.abs(there.top - firstTop) > here.height / 2) break;
    const gap = (rect) => Math.abs(rect.left - here.left);
    if (best === place || gap(there) < gap(words[best].getBoundingClientRect())) best = i;
  }
  return best;
}
