// Text with markup -> the text that is meant, step by step: `markup/clean.py` and `markup/edits.py`.

import { findEntities, findTexSigns } from "./entities.js";
import { findLatex } from "./latex.js";
import { isAscii, rules } from "./rules.js";
import { findSymbols, hasSymbols } from "./symbols.js";
import { findTags } from "./tags.js";

/** The text that is meant. */
export const cleanMarkup = (text) => (isPlain(text) ? text : clean(text, null).text);

/** It, and `places`: where each of its halves of characters begins and ends as written; null: where it is. */
export function cleanWithPlaces(text) {
  if (isPlain(text)) return { text, places: null };
  const starts = Array.from({ length: text.length }, (_, place) => place);
  return clean(text, { starts, ends: starts.map((place) => place + 1) });
}

const isPlain = (text) => !/[<&$\\{]/.test(text) && (isAscii(text) || !hasSymbols(text));

function clean(text, places) {
  const edit = (find) => {
    const edits = find(text);
    if (places) places = movePlaces(places, edits);
    text = applyEdits(text, edits);
    return edits.length > 0;
  };
  if (/[\\$]/.test(text)) edit(findTexSigns);
  let escaped = 0;
  for (; escaped < rules.clean.ESCAPED; escaped += 1) {
    if (text.includes("<")) edit(findTags);
    if (!text.includes("&") || !edit(findEntities)) break;
  }
  if (escaped === rules.clean.ESCAPED) edit(findTags);
  if (/[\\${]/.test(text)) edit(findLatex);
  if (!isAscii(text)) edit(findSymbols);
  return { text, places };
}

function applyEdits(text, edits) {
  let at = 0;
  let result = "";
  for (const [start, end, added] of edits) {
    result += text.slice(at, start) + added;
    at = end;
  }
  return result + text.slice(at);
}

/** All that comes of one edit stands where that was written. */
function movePlaces({ starts, ends }, edits) {
  const moved = { starts: [], ends: [] };
  let at = 0;
  const keep = (end) => {
    for (; at < end; at += 1) {
      moved.starts.push(starts[at]);
      moved.ends.push(ends[at]);
    }
  };
  for (const [start, end, added] of edits) {
    keep(start);
    const first = start < starts.length ? starts[start] : 0;
    const last = end > start ? ends[end - 1] : first;
    for (let i = 0; i < added.length; i += 1) {
      moved.starts.push(first);
      moved.ends.push(last);
    }
    at = end;
  }
  keep(starts.length);
  return moved;
}
