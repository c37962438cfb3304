// Entities of HTML, and LaTeX that stands for a sign of HTML: `markup/entities.py`, and `unescape` of Python's `html`.

import { getEnd, has, isPrintable, rules } from "./rules.js";

const LARGEST = 0x10ffff;

/** The edits that make signs of what stands for them in LaTeX, such as `{\textless}`. */
export function findTexSigns(text) {
  const { entities } = rules;
  if (!entities.TEX_SIGN_STARTS.some((start) => text.includes(start))) return [];
  return entities.TEX_SIGN.findAll(text).map((match) => {
    const { braced, bare, named, formula } = match.groups;
    const name = braced ?? bare ?? named ?? formula;
    return [match.index, getEnd(match), name === undefined ? "&" : ["less", "lt", "<"].includes(name) ? "<" : ">"];
  });
}

/** The edits that make characters of entities, once escaped. */
export function findEntities(text) {
  const edits = [];
  for (const match of rules.entities.ENTITY.findAll(text)) {
    const { name, bare } = match.groups;
    if ((name && !has(rules.html.html5, name)) || (bare && !has(rules.html.html5, bare))) continue;
    const sign = unescape(match[0].endsWith(";") ? match[0] : `${match[0]};`);
    const kept = isPrintable(sign) || rules.unicode.format.test(Array.from(sign)[0]);
    edits.push([match.index, getEnd(match), kept ? sign : " "]);
  }
  return edits;
}

/** A text with all entities replaced, as HTML 5 says. */
export const unescape = (text) => (text.includes("&") ? text.replace(rules.html.charref.anywhere, replaceReference) : text);

function replaceReference(_, reference) {
  const { html5, invalid_charrefs: invalid, invalid_codepoints: none } = rules.html;
  if (reference.startsWith("#")) {
    const isHex = /^#[xX]/.test(reference);
    const number = Number.parseInt(reference.slice(isHex ? 2 : 1), isHex ? 16 : 10);
    if (has(invalid, number)) return invalid[number];
    if ((number >= 0xd800 && number <= 0xdfff) || number > LARGEST) return "\ufffd";
    return none.has(number) ? "" : String.fromCodePoint(number);
  }
  const all = Array.from(reference);
  for (let length = all.length; length > 1; length -= 1) {
    const name = all.slice(0, length).join("");
    if (has(html5, name)) return html5[name] + all.slice(length).join("");
  }
  return `&${reference}`;
}
