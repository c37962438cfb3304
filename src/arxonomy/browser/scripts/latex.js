// LaTeX in text: commands, braces, accents and formulas: `markup/latex.py`.

import { charAt, charBefore, getEnd, has, isAlnum, isAlpha, isDecimal, isPrintable, isSpace, moveOn, rules } from "./rules.js";

/** The edits that put what LaTeX means in its place. */
export function findLatex(text) {
  const reader = new Reader(text);
  let at = 0;
  for (;;) {
    const begin = rules.latex.SIGN.search(text, at);
    if (!begin) return reader.edits;
    const piece = rules.latex.PIECE.match(text, begin.index);
    at = piece ? reader.read(piece) : getEnd(begin);
  }
}

/** Put an accent on a letter. */
const putAccent = (letter, accent) => (letter + rules.letters.ACCENTS[accent]).normalize("NFC");

/** A match of the kind `name` of a piece. */
const KINDS = ["dollar", "brace", "command", "script", "sign", "unicode", "broken"];

class Reader {
  constructor(text) {
    this.text = text;
    this.edits = [];
    this.braces = []; // what comes in place of the brace that closes each
    this.formulaEnd = 0;
    this.lastEnd = 0;
    this.lastKind = "";
    this.noPreambleEnd = false;
  }

  /** Read a piece; the result is where to go on. */
  read(piece) {
    const { groups } = piece;
    let kind = KINDS.find((name) => groups[name] !== undefined) ?? "accent";
    let end = getEnd(piece);
    if (kind === "dollar") end = this.readDollar(piece);
    else if (kind === "brace") this.readBrace(piece);
    else if (kind === "command") {
      end = this.readCommand(piece, groups.command);
      if (rules.latex.STYLES.has(groups.command)) kind = "style";
    } else if (kind === "script") {
      end = this.readScript(piece);
    } else if (kind === "sign") end = this.readSign(piece, groups.sign);
    else if (kind === "unicode") {
      const code = Number.parseInt(groups.unicode, 16);
      const sign = code < 0x110000 ? String.fromCodePoint(code) : "";
      this.put(piece, sign && isPrintable(sign) ? sign : " ");
    } else if (kind === "broken") this.put(piece, " ");
    else end = this.readAccent(piece);
    [this.lastEnd, this.lastKind] = [end, kind];
    return end;
  }

  put(piece, text) {
    this.edits.push([piece.index, getEnd(piece), text]);
  }

  isFormula(at) {
    return at < this.formulaEnd;
  }

  readAccent(piece) {
    const { accent, inner, dotless, letter } = piece.groups;
    const start = piece.index;
    const inWord = isAlnum(charBefore(this.text, start));
    if (!inWord && accent === '"' && rules.latex.QUOTED.match(this.text, start)) {
      this.edits.push([start, start + 1, " "]);
      return start + 1;
    }
    if (accent === "'" && letter === "s" && inWord) this.edits.push([start, start + 1, ""]); // an apostrophe
    else this.put(piece, putAccent(inner ?? dotless ?? letter, accent.trimEnd()));
    return getEnd(piece);
  }

  readCommand(piece, name) {
    const { latex, edits } = rules;
    const start = piece.index;
    let end = getEnd(piece);
    const next = this.text[end];
    if (latex.WITHOUT_ARGUMENT.has(name) || latex.WITHOUT_FIRST_ARGUMENT.has(name)) return this.dropArguments(start, end, name);
    let text = "";
    if (has(latex.SCRIPTS, name)) {
      if (next === "{") {
        this.braces.push(edits.END);
        this.edits.push([start, end + 1, latex.SCRIPTS[name]]);
        return end + 1;
      }
    } else if (latex.STYLES.has(name)) {
      const letter = this.isFormula(start) ? latex.LETTER.match(this.text, end) : null;
      if (letter) { // fonts of formulas change no letter
        const [from, to] = letter.indices[1];
        this.edits.push([start, from, ""], [to, getEnd(letter), ""]);
        return getEnd(letter);
      }
      if (next === " " && this.text[start - 1] === "{") end += 1;
    } else if (latex.BLANKS.has(name)) {
      text = " ";
    } else if (has(latex.LETTERS, name) && !this.isFormula(start)) {
      text = latex.LETTERS[name];
      if (this.text.startsWith("{}", end)) end += 2;
      else if (next === " " && name.length < 3) end += 1;
    } else {
      text = ` ${has(latex.NAMES, name) ? latex.NAMES[name] : name} `;
    }
    this.edits.push([start, end, text]);
    return end;
  }

  dropArguments(start, end, name) {
    const { latex } = rules;
    const options = latex.OPTIONS.match(this.text, end);
    const argument = latex.ARGUMENT.match(this.text, options ? getEnd(options) : end);
    if (name === "documentclass" && !this.noPreambleEnd) {
      const after = this.text.indexOf("\\begin{document}", end);
      this.noPreambleEnd = after < 0;
      if (after >= 0) {
        this.edits.push([start, after + 16, " "]);
        return after + 16;
      }
    }
    if (!argument) {
      this.edits.push([start, end, " "]);
      return end;
    }
    const after = getEnd(argument);
    const environment = argument.groups.argument;
    if (name === "begin" && latex.FORMULA_ENVIRONMENTS.has(environment)) this.openFormula(after, `\\end{${environment}}`);
    this.edits.push([start, after, " "]);
    if (latex.WITHOUT_FIRST_ARGUMENT.has(name) && this.text[after] === "{") {
      this.braces.push("");
      this.edits.push([after, after + 1, ""]);
      return after + 1;
    }
    return after;
  }

  /** Where a mark is from a place on, whole within the longest formula; -1 if it is not. */
  find(mark, start, limit) {
    const place = this.text.indexOf(mark, start);
    return place >= 0 && place + mark.length <= limit ? place : -1;
  }

  openFormula(start, mark) {
    const limit = moveOn(this.text, start, rules.latex.LONGEST_FORMULA);
    this.formulaEnd = Math.max(this.formulaEnd, this.find(mark, start, limit));
  }

  readSign(piece, sign) {
    if (sign === "(" || sign === "[") this.openFormula(getEnd(piece), sign === "(" ? "\\)" : "\\]");
    const joins = sign === "-" || sign === "/" || (sign === "!" && !this.isFormula(piece.index));
    this.put(piece, joins ? "" : " ");
    return getEnd(piece);
  }

  readDollar(piece) {
    const start = piece.index;
    const end = getEnd(piece);
    if (this.isFormula(start) || (start === this.formulaEnd && start > 0)) {
      this.put(piece, " ");
      return end;
    }
    const short = rules.latex.SHORT_SCRIPT.match(this.text, start);
    if (short) {
      const [first, last] = short.indices.groups.content;
      const mark = short.groups.script === "_" ? rules.edits.SUB : rules.edits.SUP;
      this.edits.push([start, first, mark], [last, getEnd(short), rules.edits.END]);
      return getEnd(short);
    }
    this.formulaEnd = this.findEnd(end, piece.groups.dollar) || this.formulaEnd;
    this.put(piece, " ");
    return end;
  }

  /** Where the formula ends that begins here; 0 if this is a sign of money. */
  findEnd(start, mark) {
    const { text } = this;
    const limit = moveOn(text, start, rules.latex.LONGEST_FORMULA);
    let close = this.find("$", start, limit);
    while (close > start && text[close - 1] === "\\") close = this.find("$", close + 1, limit);
    if (close <= start) return 0;
    if (mark === "$") {
      const isBlank = [charAt(text, start), charBefore(text, close)].map(isSpace);
      if (isBlank[0] !== isBlank[1] || isDecimal(charAt(text, close + 1))) return 0;
    }
    return close;
  }

  readBrace(piece) {
    const start = piece.index;
    const next = charAt(this.text, start + 1);
    if (piece.groups.brace === "}") {
      const text = this.braces.length ? this.braces.pop() : " ";
      // An index belongs to the name before it, as in `\mathrm{CO}_2`.
      const hasScript = this.isFormula(start) && (next === "_" || next === "^");
      this.put(piece, hasScript && text === " " ? "" : text);
      return;
    }
    const follows = this.lastEnd === start;
    // A style, or a brace that protects letters in a title, stands within a word; all else is apart.
    let joins = !this.isFormula(start) && !(follows && ["command", "brace", "script"].includes(this.lastKind));
    if (joins && !(follows && this.lastKind === "style")) joins = isAlpha(next) || next === "\\";
    this.braces.push(joins ? "" : " ");
    this.put(piece, joins ? "" : " ");
  }

  readScript(piece) {
    const { SUB, SUP, END } = rules.edits;
    const start = piece.index;
    const end = getEnd(piece);
    const { script, group, single } = piece.groups;
    if (!this.isFormula(start)) {
      if (!group) return start + 1;
      this.braces.push(" ");
      this.put(piece, " ");
      return end;
    }
    this.edits.push([start, start + 1, script === "_" ? SUB : SUP]);
    if (group) {
      this.braces.push(END);
      this.edits.push([start + 1, end, ""]);
    } else if (single) {
      this.edits.push([end, end, END]);
    }
    return end;
  }
}
