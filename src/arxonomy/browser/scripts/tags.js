// Tags of HTML, JATS and MathML, comments, and what is not to be read at all: `markup/tags.py`.

import { Formula } from "./mathml.js";
import { getEnd, has, rules, splitWords } from "./rules.js";

/** The edits, [start, end, new], that leave the tags of a text out. */
export function findTags(text) {
  const reader = new Reader(text);
  let at = 0;
  for (;;) {
    const match = rules.tags.TAG.search(text, at);
    if (!match) return reader.edits;
    at = reader.read(match, at);
  }
}

class Reader {
  constructor(text) {
    this.text = text;
    this.edits = [];
    this.missing = new Set(); // ends that do not come any more
    this.formula = null;
    this.alternatives = 0;
    this.hasFormula = false;
  }

  /** Read a tag, and what a formula has before it; the result is where to go on. */
  read(tag, before) {
    const { tags } = rules;
    const [start, end, groups] = [tag.index, getEnd(tag), tag.groups];
    if (groups.comment) return this.drop(start, end, "-->", 3);
    if (groups.data) return this.edit(start, end, "");
    if (groups.other) return this.edit(start, end, " ");
    const name = groups.name.toLowerCase();
    const { prefix } = groups;
    const isKnown = tags.KNOWN.has(name) || (tags.AMBIGUOUS.has(name) && Boolean(prefix || groups.attributes || tags.DROPPED.has(name)));
    if (!isKnown && !tags.PREFIXES.has((prefix ?? "").toLowerCase())) return start + 1;
    if (this.formula && tags.MATH.has(name)) return this.readFormula(tag, name, before);
    const full = getFullName(tag[0], /[/>]+$/);
    const opens = !(groups.close || groups.empty);
    if (name === "math" && opens) {
      this.edits.push([start, end, " "]);
      if (this.find(`</${full}`, end) >= 0) this.formula = new Formula(this.text, this.edits);
      return end;
    }
    const isScript = tags.DROPPED.has(name) && !groups.attributes.includes("math/tex");
    if (opens && (isScript || (tags.BESIDE_FORMULA.has(name) && this.hasFormula && start < this.alternatives))) {
      return this.drop(start, end, `</${full}`, 0);
    }
    if (opens && name === "alternatives" && start >= this.alternatives) {
      this.alternatives = Math.max(end, this.find(`</${full}`, end));
      this.hasFormula = tags.MATH_TAG.search(this.text.slice(0, this.alternatives), end) !== null;
    }
    return this.edit(start, end, replaceTag(name, Boolean(groups.close), !opens));
  }

  readFormula(tag, name, before) {
    const [start, end] = [tag.index, getEnd(tag)];
    this.formula.read(before, start);
    if (name === "math") {
      this.edits.push([start, end, " "]);
      this.formula = null;
    } else if (name.startsWith("annotation") && !(tag.groups.close || tag.groups.empty)) {
      return this.drop(start, end, `</${getFullName(tag[0], />+$/)}`, 0);
    } else if (tag.groups.close) {
      this.formula.close(name, start, end);
    } else {
      this.formula.open(name, start, end, Boolean(tag.groups.empty));
    }
    return end;
  }

  edit(start, end, text) {
    this.edits.push([start, end, text]);
    return end;
  }

  /** Leave out all up to a mark; if it does not come, the tag alone. */
  drop(start, end, mark, length) {
    const after = this.find(mark, end);
    return this.edit(start, after < 0 ? end : after + length, " ");
  }

  find(mark, start) {
    if (this.missing.has(mark)) return -1;
    const after = this.text.indexOf(mark, start);
    if (after < 0) this.missing.add(mark);
    return after;
  }
}

const getFullName = (tag, ending) => splitWords(tag.slice(1).replace(ending, ""))[0];

function replaceTag(name, closes, empty) {
  if (has(rules.tags.SCRIPTS, name)) return closes ? rules.edits.END : empty ? "" : rules.tags.SCRIPTS[name];
  return rules.tags.INLINE.has(name) ? "" : " ";
}
