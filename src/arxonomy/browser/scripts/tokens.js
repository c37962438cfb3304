// Text -> tokens and where they stand; papers -> ids: `text/tokens.py`, `text/vocabulary.py`, `papers/fields`.

import { cleanMarkup, cleanWithPlaces } from "./clean.js";
import { casefold, count, has, isAlnum, isAlpha, isAscii, rules, splitWords, strip } from "./rules.js";

export const UNKNOWN = 1; // the id of a word that is not in the vocabulary

/** The tokens of a text. */
export const tokenize = (text) => keepLetters(cleanMarkup(text)).split(" ").filter(Boolean);

const lower = (text) => text.replace(/[A-Z]|[^\0-\x7f]/gu, (one) =>
  (one < "\x80" ? one.toLowerCase() : has(rules.unicode.lower, one) ? rules.unicode.lower[one] : one));

const keepLetters = (text) => lower(text).replace(/[^a-z0-9-]/g, " ");

/** Where the tokens of a text stand as written, [start, end] in characters. */
export function findTokenSpans(text) {
  const { text: cleaned, places } = cleanWithPlaces(text);
  const spans = [];
  let inToken = false;
  for (let at = 0; at < cleaned.length; at += 1) {
    const letters = keepLetters(cleaned[at]); // two of a capital I with a dot: an i and a blank
    if (letters[0] !== " ") {
      if (!inToken) spans.push([at, 0]);
      spans.at(-1)[1] = at + 1;
    }
    inToken = letters.at(-1) !== " ";
  }
  const counts = countCharacters(text);
  return spans.map(([start, end]) => [places ? places.starts[start] : start, places ? places.ends[end - 1] : end].map((place) => counts[place]));
}

/** How many characters come before each place of a text, and before its end. */
function countCharacters(text) {
  const counts = [];
  let before = 0;
  for (const one of text) {
    counts.push(before);
    before += 1;
    if (one.length > 1) counts.push(before);
  }
  return [...counts, before];
}

/** How many words a text has in letters outside of a-z; two letters count as one. */
export function countForeign(text) {
  if (isAscii(text) && !text.includes("&")) return 0;
  const cleaned = cleanMarkup(text);
  if (isAscii(cleaned)) return 0;
  return rules.tokens.FOREIGN.findAll(lower(cleaned)).filter(([word]) => Array.from(word).some(isAlpha)).length;
}

/** A paper as typed or pasted -> as it is read: a text that only says that there is none is empty. */
export function readPaper(paper) {
  let [title, abstract] = [paper.title, paper.abstract].map((text) => (isMissing(text) ? "" : text));
  if (title && isSame(title, abstract)) abstract = "";
  return { title, abstract };
}

function isMissing(text) {
  const { MAX_MISSING, SIGNS, WORDS, STARTS, TEXT } = rules.missing;
  const startsOtherwise = (words) => !STARTS.has(casefold(Array.from(words).slice(0, 2).join("")));
  const start = Array.from(text.slice(0, 4)).slice(0, 2).join("");
  if (count(text) > MAX_MISSING || (isAscii(start) && isAlnum(start) && startsOtherwise(start))) return false;
  const words = strip(cleanMarkup(text), (one) => SIGNS.includes(one));
  if (!words) return true;
  if (startsOtherwise(words)) return false;
  const folded = casefold(splitWords(words).join(" "));
  return WORDS.has(folded) || TEXT.whole.test(folded);
}

function isSame(title, abstract) {
  if (Math.abs(count(title) - count(abstract)) > rules.values.MARGIN) return false;
  const reduce = (text) => casefold(strip(splitWords(text).join(" "), (one) => " .".includes(one)));
  return reduce(title) === reduce(abstract);
}

/** Turns papers into word ids; `facts` are those of the model. */
export class Encoder {
  constructor(vocabulary, facts) {
    this.ids = new Map(vocabulary.map((word, id) => [word, id]));
    this.settings = facts.text;
    this.unknownSigns = new Set([...rules.symbols.FORMULA_WORDS].filter((word) => !this.ids.has(word)));
  }

  /** `{title, abstract, unknown, read}`: ids, the share of unknown words, and the parts with a word. */
  encode(paper) {
    const title = tokenize(paper.title).slice(0, this.settings.title_tokens);
    const abstract = tokenize(paper.abstract).slice(0, this.settings.abstract_tokens);
    const words = [...title, ...abstract];
    const ids = words.map((word) => this.ids.get(word) ?? UNKNOWN);
    const foreign = countForeign(paper.title) + countForeign(paper.abstract);
    const signs = words.filter((word) => this.unknownSigns.has(word)).length; // they say nothing of the language
    const all = ids.length + foreign - signs;
    return {
      title: ids.slice(0, title.length),
      abstract: ids.slice(title.length),
      unknown: all ? (ids.filter((id) => id === UNKNOWN).length + foreign - signs) / all : 1,
      read: ["title", "abstract"].filter((part) => (part === "title" ? title : abstract).length),
    };
  }
}
