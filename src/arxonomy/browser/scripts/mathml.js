// Formulas in MathML: `markup/mathml.py`.

import { unescape } from "./entities.js";
import { count, has, isAlnum, rules, strip } from "./rules.js";

const get = (table, name, otherwise) => (has(table, name) ? table[name] : otherwise);
const isScript = (sign) => sign === rules.edits.SUB || sign === rules.edits.SUP;

/** One formula that is read tag by tag; its edits go to the end of `edits`. */
export class Formula {
  constructor(text, edits) {
    this.text = text;
    this.edits = edits;
    this.stack = []; // name of each open element, and how many children it has
    this.leaf = "";
  }

  open(name, start, end, empty) {
    const { mathml } = rules;
    let before = "";
    const parent = this.stack.at(-1);
    if (parent) {
      const between = get(mathml.BETWEEN, parent.name, []);
      if (between.length && parent.children) before = between[Math.min(parent.children, between.length) - 1];
      parent.children += 1;
    }
    this.edits.push([start, end, before + (name === "mspace" ? " " : get(mathml.BEFORE, name, ""))]);
    if (!empty) {
      this.stack.push({ name, children: 0 });
      this.leaf = mathml.LEAVES.has(name) ? name : "";
    }
  }

  close(name, start, end) {
    const { mathml, edits } = rules;
    let after = "";
    if (this.stack.at(-1)?.name === name) {
      const { children } = this.stack.pop();
      after = isScript(get(mathml.BETWEEN, name, [" "])[0]) && children > 1 ? edits.END : get(mathml.AFTER, name, "");
    }
    this.leaf = "";
    this.edits.push([start, end, after]);
  }

  /** Read what stands between two tags. */
  read(from, to) {
    const { mathml } = rules;
    const written = this.text.slice(from, to);
    const content = strip(written);
    if (!content) {
      if (written) this.edits.push([from, to, ""]);
      return;
    }
    if (!this.leaf) return;
    const start = from + written.indexOf(content);
    const end = start + content.length;
    if (start > from) this.edits.push([from, start, ""]);
    const sign = count(content) < 40 ? unescape(content) : content;
    if (mathml.NO_SIGNS.has(sign) || (this.leaf === "mo" && mathml.ACCENTS.has(sign) && this.isAccent())) {
      this.edits.push([start, end, " "]);
    } else if (["mtext", "ms"].includes(this.leaf) || (this.leaf !== "mn" && count(sign) > 1 && isAlnum(sign))) {
      const parent = this.stack.at(-2) ?? { name: "", children: 0 };
      const hasScript = parent.children === 1 && isScript(get(mathml.BETWEEN, parent.name, [""])[0]);
      this.edits.push([start, start, " "]);
      if (!hasScript) this.edits.push([end, end, " "]);
    }
    if (end < to) this.edits.push([end, to, ""]);
  }

  isAccent() {
    return ["mover", "munder"].includes(this.stack.at(-2)?.name);
  }
}
