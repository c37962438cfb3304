// The rules by which texts are read, as Python states them, and Python's methods of text on which they rest.
//
// Each module of Python is an object with its patterns, tables and numbers. Its steps are in the script of its name.

/** The rules; empty until they are set. */
export const rules = {};

let classes = {};

/** Set the rules to what `rules.json` holds. */
export function setRules(json) {
  classes = json.classes;
  for (const [name, module] of Object.entries(json)) rules[name] = name === "classes" ? {} : revive(module);
  for (const name of ["alpha", "printable", "format"]) rules.unicode[name] = makeTest(json.unicode[name]);
  Object.assign(rules.unicode, { space: makeTest(classes.s), decimal: makeTest(classes.d), word: makeTest(classes.w) });
}

const makeTest = (ranges) => new RegExp(`^[${ranges}]+$`, "u");

function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object") return value;
  if (value.pattern) return new Pattern(...value.pattern);
  if (value.set) return new Set(value.set);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}

/** A regular expression as Python uses one: places are those of the whole text. */
class Pattern {
  constructor(source, flags) {
    const full = source.replace(/\\([dsw])/g, (_, name) => classes[name]);
    this.anywhere = new RegExp(full, `${flags}gd`);
    this.here = new RegExp(full, `${flags}yd`);
    this.whole = new RegExp(`^(?:${full})$`, flags);
  }

  /** The first match from a place on, or null. */
  search(text, at = 0) {
    this.anywhere.lastIndex = at;
    return this.anywhere.exec(text);
  }

  /** The match that begins at a place, or null. */
  match(text, at = 0) {
    this.here.lastIndex = at;
    return this.here.exec(text);
  }

  findAll(text) {
    return [...text.matchAll(this.anywhere)];
  }
}

/** Where a match ends. */
export const getEnd = (match) => match.index + match[0].length;

export const has = (object, key) => Object.hasOwn(object, key);
export const isAscii = (text) => !/[^\0-\x7f]/.test(text);
export const isAlpha = (text) => rules.unicode.alpha.test(text);
export const isDecimal = (text) => rules.unicode.decimal.test(text);
export const isSpace = (text) => rules.unicode.space.test(text);
export const isAlnum = (text) => rules.unicode.word.test(text) && !text.includes("_");
export const isPrintable = (text) => text === "" || rules.unicode.printable.test(text);
export const casefold = (text) => Array.from(text, (one) => (has(rules.unicode.casefold, one) ? rules.unicode.casefold[one] : one)).join("");
export const count = (text) => { // characters, where JavaScript counts halves of some
  let halves = 0;
  for (const _ of text) halves += 1;
  return halves;
};

/** The character at a place, empty at the end. */
export const charAt = (text, place) => (place < text.length ? String.fromCodePoint(text.codePointAt(place)) : "");

/** The character before a place, empty at the start. */
export const charBefore = (text, place) => Array.from(text.slice(Math.max(0, place - 2), place)).at(-1) ?? "";

/** The place some characters later. */
export function moveOn(text, place, characters) {
  for (let left = characters; left > 0 && place < text.length; left -= 1) place += charAt(text, place).length;
  return place;
}

/** A text without white space at its ends, or without other signs there. */
export function strip(text, isStripped = isSpace) {
  const all = Array.from(text);
  let start = 0;
  let end = all.length;
  while (start < end && isStripped(all[start])) start += 1;
  while (end > start && isStripped(all[end - 1])) end -= 1;
  return all.slice(start, end).join("");
}

/** The words between white space. */
export const splitWords = (text) => Array.from(text, (one) => (isSpace(one) ? " " : one)).join("").split(" ").filter(Boolean);
