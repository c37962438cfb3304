// Letters and signs of formulas in Unicode, under the names that LaTeX gives them: `markup/symbols.py`.

import { charAt, getEnd, has, isDecimal, rules } from "./rules.js";

const KINDS = ["open", "end", "sub", "sup", "greek", "sign", "invisible", "hyphen", "letter"];

/** Whether a text has such letters or signs. */
export const hasSymbols = (text) => rules.symbols.SYMBOL.search(text) !== null;

/** The edits that put their names in the place of letters and signs, and set indices and exponents apart. */
export const findSymbols = (text) => new Reader(text).read();

const cutTail = (text) => Array.from(text.slice(-2 * rules.symbols.LONGEST_NAME)).slice(-rules.symbols.LONGEST_NAME).join("");

class Reader {
  constructor(text) {
    this.text = text;
    this.edits = [];
    this.tail = ""; // the end of what has been read
    this.joined = []; // whether each index or exponent that is open belongs to its name
    this.signs = null;
  }

  read() {
    const { SYMBOL, PIECE, LONGEST_NAME } = rules.symbols;
    let at = 0;
    for (;;) {
      const begin = SYMBOL.search(this.text, at);
      if (!begin) return this.edits;
      const piece = PIECE.match(this.text, begin.index);
      const start = piece.index;
      const end = getEnd(piece);
      this.tail = cutTail(this.tail + this.text.slice(Math.max(at, start - 2 * LONGEST_NAME), start));
      const first = this.edits.length;
      this.replace(piece[0], KINDS.find((name) => piece.groups[name] !== undefined), start, end);
      const added = this.edits.slice(first);
      this.tail += added.length ? added.map(([, , text]) => text).join("") : piece[0];
      at = end;
    }
  }

  replace(text, kind, start, end) {
    if (kind === "open") {
      this.joined.push(this.isJoined(text, end));
      this.edits.push([start, end, this.joined.at(-1) ? "" : " "]);
    } else if (kind === "end") {
      this.edits.push([start, end, this.joined.length && this.joined.pop() ? "" : " "]);
    } else if (kind === "sub" || kind === "sup") {
      this.replaceScript(text.normalize("NFKC"), kind, start, end);
    } else if (kind === "greek") {
      if (this.isSign(text)) for (let place = 0; place < text.length; place += 1) this.addLetter(text[place], start + place, start + place + 1);
    } else if (kind === "sign") {
      this.edits.push([start, end, ` ${rules.symbols.NAMES[text]} `]);
    } else if (kind === "letter") {
      this.addLetter(text.normalize("NFKC"), start, end);
    } else {
      this.edits.push([start, end, kind === "hyphen" ? "-" : ""]);
    }
  }

  addLetter(letter, start, end) {
    const { VARIANTS, NAMES } = rules.symbols;
    const plain = (has(VARIANTS, letter) ? VARIANTS[letter] : letter).toLowerCase();
    this.edits.push([start, end, has(NAMES, plain) && NAMES[plain] ? ` ${NAMES[plain]} ` : letter]);
  }

  isSign(letters) {
    const { SHORT_WORD, ACCENTED, GREEK_RUN } = rules.symbols;
    const isWord = (run) => run.length > SHORT_WORD || ACCENTED.search(run) !== null;
    if (isWord(letters)) return false;
    if (this.signs === null) {
      const runs = GREEK_RUN.findAll(this.text).map((match) => match[0]);
      const words = runs.filter(isWord).length;
      this.signs = 2 * words < runs.length - words; // in a Greek text half of the words and more are such
    }
    return this.signs;
  }

  replaceScript(content, kind, start, end) {
    const joined = kind === "sub" && isDecimal(content) && this.isName(charAt(this.text, end));
    for (let place = 0; place < content.length; place += 1) {
      const at = start + place;
      const sign = content[place] === "\u2212" ? "-" : content[place];
      this.edits.push([at, at + 1, (joined || place ? "" : " ") + sign + (joined || at + 1 < end ? "" : " ")]);
    }
  }

  isJoined(mark, start) {
    const { NUMBER, ORDINAL } = rules.symbols;
    if (mark === rules.edits.SUP) return isDecimal(Array.from(this.tail).at(-1) ?? "") && ORDINAL.match(this.text, start) !== null;
    const number = NUMBER.match(this.text, start);
    return number !== null && this.isName(number.groups.next);
  }

  /** Whether what has been read ends in a name that a number belongs to. */
  isName(follows) {
    const name = rules.symbols.NAME.search(this.tail);
    return name !== null && (name.groups.single === undefined || /^[A-Z]$/.test(follows));
  }
}
