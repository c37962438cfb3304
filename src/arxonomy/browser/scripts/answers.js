// Logits -> an answer: `evaluation/`, `inference/adjustment.py`, `inference/predictions.py`.

import { rules } from "./rules.js";

const nameKind = (read) => (read.length === 1 ? read[0] : "whole");
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const logSum = (numbers) => {
  const most = Math.max(...numbers);
  return most + Math.log(sum(numbers.map((one) => Math.exp(one - most))));
};

/** Calibrated probabilities of logits. */
export function calibrate(logits, read, calibrations) {
  const { temperature, biases } = calibrations[nameKind(read)];
  const scores = Array.from(logits, (logit, place) => logit / temperature + biases[place]);
  const all = logSum(scores);
  return scores.map((score) => Math.exp(score - all));
}

function calibrateListed(logits, read, calibrations) {
  const { temperature, biases } = calibrations[nameKind(read)];
  return Array.from(logits, (logit, place) => 1 / (1 + Math.exp(-Math.min(500, Math.max(-500, logit / temperature + biases[place])))));
}

/** The share of papers that are no more typical than this; null where that is not known. */
function computeTypicality(logits, read, typicality) {
  const quantiles = typicality?.quantiles[nameKind(read)];
  if (!quantiles) return null;
  const soft = Array.from(logits, (logit) => logit / typicality.temperature);
  const divergence = logSum(soft) - sum(soft) / soft.length - Math.log(soft.length);
  const least = 1 / (typicality.papers + 1);
  const last = quantiles.length - 1;
  const getShare = (place) => least + (1 - least) * (place / last);
  if (divergence <= quantiles[0]) return least;
  if (divergence >= quantiles[last]) return 1;
  const after = quantiles.findIndex((quantile) => quantile > divergence);
  const [low, high] = [quantiles[after - 1], quantiles[after]];
  return getShare(after - 1) + (getShare(after) - getShare(after - 1)) * ((divergence - low) / (high - low));
}

const rank = (shares, labels) => shares.map((share, place) => [labels[place], share]).sort((a, b) => b[1] - a[1]);

const round = (number) => Math.round(number * 10 ** rules.records.DECIMALS) / 10 ** rules.records.DECIMALS;
export { round };

const toRecords = (ranking) => ranking.map(([category, share]) => ({ category, probability: round(share) }));

/** A number with some decimals; of two that are as near, the even one, as in Python. */
function format(number, decimals) {
  const scaled = number * 10 ** decimals;
  const isTie = scaled % 1 === 0.5;
  return (isTie ? 2 * Math.round(scaled / 2) / 10 ** decimals : number).toFixed(decimals);
}

/** The prediction of one encoded paper, as `arxonomy classify` writes it, with the most probable categories. */
export function makePrediction(encoded, outputs, facts, topK) {
  const { labels, unknown_words_limit: limit } = facts.model;
  const { records, predictions } = rules;
  const { unknown, read } = encoded;
  const weight = unknown > limit ? unknown : 0;
  const shares = calibrate(outputs.logits, read, facts.calibrations).map((share) => (1 - weight) * share + weight / labels.length);
  const ranking = rank(shares, labels);
  const typicality = facts.typicality && unknown === 1 ? 0 : computeTypicality(outputs.logits, read, facts.typicality);
  const isAtypical = typicality !== null && typicality < records.ATYPICAL_BELOW;
  const warnings = [];
  if (unknown > limit) warnings.push(predictions.UNKNOWN_WORDS.replace("{share}", `${format(100 * unknown, 0)}%`));
  if (isAtypical) warnings.push(predictions.ATYPICAL.replace("{share}", `${format(100 * Math.min(0.999, 1 - typicality), 1)}%`));
  const listed = facts.listed && calibrateListed(outputs.listed_logits, read, facts.listed).map((share) => (1 - weight) * share);
  return {
    id: "1",
    category: isAtypical ? null : ranking[0][0],
    probability: round(ranking[0][1]),
    categories: toRecords(ranking.slice(0, topK ?? labels.length)),
    read,
    unknown_words: round(unknown),
    warnings,
    abstained: isAtypical,
    ...(listed && { listed: toRecords(rank(listed, labels).filter(([, share]) => share >= records.LISTED_FROM)) }),
    ...(typicality !== null && { typicality: round(typicality) }),
  };
}
