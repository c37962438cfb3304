// A probability in words: how often answers like this one were right, where that was measured.

const MANNERS = [[0.97, "Very sure"], [0.9, "Sure"], [0.7, "Fairly sure"], [0.5, "Not sure"], [0, "A guess"]];
const SHARES = [[3, 5], [2, 3], [3, 4], [4, 5], [9, 10], [19, 20], [49, 50], [99, 100]];

/** `{words, note}` for a probability; `measured` is what the model says of itself, or null. */
export function sureness(probability, measured) {
  const manner = MANNERS.find(([least]) => probability >= least)[1];
  const band = measured && bandOf(probability, measured);
  if (!band) return { words: `${manner}.`, note: "" };
  const share = band.right / band.papers;
  const { low, high, papers, right } = band;
  const [from, to] = [low, high].map((edge) => `${Math.round(edge * 100)}%`);
  const range = low === 0 ? `less than ${to}` : high === 1 ? `${from} or more` : `${from} to ${to}`;
  return {
    words: `${manner}: ${asFraction(share)} such answers are right.`,
    note: `Of ${papers.toLocaleString("en")} ${measured.part} papers answered with ${range}, ${right.toLocaleString("en")} were right.`,
  };
}

/** How many answers of about this probability there were, and how many were right; null where too few. */
function bandOf(probability, { papers, accuracy, answers }) {
  const rows = [{ at_least: 0, papers, accuracy }, ...answers, { at_least: 1, papers: 0, accuracy: 0 }];
  const place = rows.findLastIndex((row) => probability >= row.at_least && row.at_least < 1);
  const [from, to] = [rows[place], rows[place + 1]];
  const count = from.papers - to.papers;
  const right = Math.round(from.papers * from.accuracy) - Math.round(to.papers * (to.accuracy ?? 0));
  return answers.length && count >= 20 ? { low: from.at_least, high: to.at_least, papers: count, right } : null;
}

function asFraction(share) {
  if (share > 0.995) return "nearly all";
  if (share < 0.55) return share < 0.45 ? "fewer than half of" : "about half of";
  const off = ([part, whole]) => Math.abs(part / whole - share);
  const [part, whole] = SHARES.reduce((best, one) => (off(one) < off(best) ? one : best));
  return `about ${part} of ${whole}`;
}
