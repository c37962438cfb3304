// A probability in words: how often predictions like this one were right, where that was measured.

const PHRASES = [[0.97, "Very confident"], [0.9, "Confident"], [0.7, "Fairly confident"], [0.5, "Not confident"], [0, "A guess"]];
const SHARES = [[3, 5], [2, 3], [3, 4], [4, 5], [9, 10], [19, 20], [49, 50], [99, 100]];

/** `{words, note}` for a probability; `evaluation` is that of the model, or null. */
export function describeConfidence(probability, evaluation) {
  const phrase = PHRASES.find(([lowest]) => probability >= lowest)[1];
  const band = evaluation && findBand(probability, evaluation);
  if (!band) return { words: `${phrase}.`, note: "" };
  const share = band.right / band.papers;
  const { low, high, papers, right } = band;
  const [from, to] = [low, high].map((edge) => `${Math.round(edge * 100)}%`);
  const range = low === 0 ? `less than ${to}` : high === 1 ? `${from} or more` : `${from} to ${to}`;
  return {
    words: `${phrase}: ${formatFraction(share)} such predictions are right.`,
    note: `Of ${papers.toLocaleString("en")} ${evaluation.split} papers predicted with ${range}, ${right.toLocaleString("en")} were right.`,
  };
}

/** The predictions of about this probability, and how many were right; null where there are too few. */
function findBand(probability, { papers, accuracy, by_confidence: bands }) {
  const rows = [{ min_confidence: 0, papers, accuracy }, ...bands, { min_confidence: 1, papers: 0, accuracy: 0 }];
  const place = rows.findLastIndex((row) => probability >= row.min_confidence && row.min_confidence < 1);
  const [from, to] = [rows[place], rows[place + 1]];
  const count = from.papers - to.papers;
  const right = Math.round(from.papers * from.accuracy) - Math.round(to.papers * (to.accuracy ?? 0));
  return bands.length && count >= 20 ? { low: from.min_confidence, high: to.min_confidence, papers: count, right } : null;
}

function formatFraction(share) {
  if (share > 0.995) return "nearly all";
  if (share < 0.55) return share < 0.45 ? "fewer than half of" : "about half of";
  const off = ([part, whole]) => Math.abs(part / whole - share);
  const [part, whole] = SHARES.reduce((best, one) => (off(one) < off(best) ? one : best));
  return `about ${part} of ${whole}`;
}
