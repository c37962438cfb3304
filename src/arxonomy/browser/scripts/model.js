// The model: papers in, predictions and the words that drove them out, as Python gives them.

import { calibrate, makePrediction, round } from "./answers.js";
import { cleanMarkup } from "./clean.js";
import { count, rules } from "./rules.js";
import { Encoder, findTokenSpans, readPaper, tokenize } from "./tokens.js";

const AT_ONCE = 16; // papers of one computation
const HEADS = ["logits", "listed_logits"];

/** What is wrong with a request; the message is for people. */
export class RequestError extends Error {}

export class Model {
  constructor(ort, session, facts, vocabulary) {
    this.ort = ort;
    this.session = session;
    this.facts = facts;
    this.encoder = new Encoder(vocabulary, facts);
  }

  /** The prediction for a paper; `topK` null is all categories. */
  async classify(paper, topK = rules.records.TOP_K) {
    const encoded = this.encoder.encode(requireText(readPaper(paper)));
    const [outputs] = await this.compute([encoded], HEADS.filter((name) => this.session.outputNames.includes(name)));
    return makePrediction(encoded, outputs, this.facts, topK);
  }

  /** The words that drove a prediction; `rest()` is waited for between computations, and may throw. */
  async explain(given, { category = null, against = null, topK = rules.records.TOP_K, rest = async () => {} } = {}) {
    const paper = readPaper(given);
    const size = count(paper.title) + count(paper.abstract);
    if (size > rules.explain.MAX_CHARACTERS) {
      throw new RequestError(`expected at most ${rules.explain.MAX_CHARACTERS} characters to explain, found ${size}; give a title and an abstract`);
    }
    const prediction = await this.classify(given, topK);
    const target = this.chooseTarget(category ?? prediction.categories[0].category, against);
    const words = { title: this.readWords(paper, "title"), abstract: this.readWords(paper, "abstract") };
    const base = { title: dropMarkup(paper.title, words.title), abstract: dropMarkup(paper.abstract, words.abstract) };
    const texts = { title: base.title.text, abstract: base.abstract.text };
    const variants = [texts, { ...texts, title: "" }, { ...texts, abstract: "" }];
    for (const part of ["title", "abstract"]) {
      for (const [start, end] of base[part].spans) variants.push({ ...texts, [part]: texts[part].slice(0, start) + texts[part].slice(end) });
    }
    const odds = [];
    for (let at = 0; at < variants.length; at += AT_ONCE) {
      await rest();
      odds.push(...await this.computeLogOdds(variants.slice(at, at + AT_ONCE), target));
    }
    const falls = odds.slice(1).map((one) => odds[0] - one);
    const scores = { title: falls.slice(2, 2 + words.title.read.length), abstract: falls.slice(2 + words.title.read.length) };
    const [{ fusion_weights: gates }] = await this.compute([this.encoder.encode(paper)], ["fusion_weights"]);
    const name = (numbers) => Object.fromEntries([...numbers].map((one, place) => [rules.explanation.GATES[place].replaceAll(" ", "_"), round(one)]));
    const describe = (part) => words[part].read.map((word, place) => ({ ...word, score: round(scores[part][place]) }));
    return {
      ...prediction,
      explanation: {
        method: "occlusion",
        category: target.category,
        against: target.against,
        log_odds: round(odds[0]),
        title: describe("title"),
        abstract: describe("abstract"),
        branches: name(falls.slice(0, 2)),
        gates: name(gates),
        unread: { title: words.title.unread, abstract: words.abstract.unread },
      },
    };
  }

  chooseTarget(category, against) {
    const { labels } = this.facts.model;
    const column = labels.indexOf(category);
    const other = labels.indexOf(against);
    if (column < 0 || (against !== null && other < 0)) throw new RequestError(`the model has no category \`${column < 0 ? category : against}\``);
    if (category === against) throw new RequestError(`expected another category than the one explained, found \`${against}\` twice`);
    return { category, against, column, others: labels.map((_, place) => place).filter((place) => (against === null ? place !== column : place === other)) };
  }

  /** The words of a text that are read, and how many come after those. */
  readWords(paper, part) {
    const tokens = tokenize(paper[part]);
    const spans = findTokenSpans(paper[part]);
    const limit = this.encoder.settings[`${part}_tokens`];
    const read = tokens.slice(0, limit).map((word, place) => ({
      word, start: spans[place][0], end: spans[place][1], score: 0, known: this.encoder.ids.has(word),
    }));
    return { read, unread: tokens.length - read.length };
  }

  /** ln(p / q) of each paper, with the calibrated probabilities of the model itself. */
  async computeLogOdds(papers, { column, others }) {
    const encoded = papers.map((paper) => this.encoder.encode(paper));
    const outputs = await this.compute(encoded, ["logits"]);
    const tiny = 2.2250738585072014e-308;
    return outputs.map(({ logits }, place) => {
      const shares = calibrate(logits, encoded[place].read, this.facts.calibrations);
      const rest = others.reduce((total, other) => total + shares[other], 0);
      return Math.log(Math.max(shares[column], tiny)) - Math.log(Math.max(rest, tiny));
    });
  }

  /** The named outputs of the network for each paper. */
  async compute(encoded, names) {
    const inputs = { title_ids: this.pad(encoded.map((one) => one.title)), abstract_ids: this.pad(encoded.map((one) => one.abstract)) };
    const outputs = await this.session.run(inputs, names);
    return encoded.map((_, row) => Object.fromEntries(names.map((name) => {
      const [, width] = outputs[name].dims;
      return [name, outputs[name].data.slice(row * width, (row + 1) * width)];
    })));
  }

  pad(rows) {
    const width = Math.max(1, ...rows.map((row) => row.length));
    const data = new BigInt64Array(rows.length * width);
    rows.forEach((row, place) => data.set(row.map(BigInt), place * width));
    return new this.ort.Tensor("int64", data, [rows.length, width]);
  }
}

function requireText(paper) {
  if (!paper.title && !paper.abstract) throw new RequestError("expected a title or an abstract, found neither; paste one of them");
  return paper;
}

/** A text without markup, cut after the words that are read, and the places of these in it. */
function dropMarkup(text, { read, unread }) {
  let clean = cleanMarkup(text);
  const tokens = tokenize(text);
  if (clean !== text && tokenize(clean).join(" ") !== tokens.join(" ")) clean = tokens.join(" "); // escaped many times over
  const places = findPlaces(clean);
  const spans = findTokenSpans(clean).slice(0, read.length).map((span) => span.map((place) => places[place]));
  return { text: unread ? clean.slice(0, spans.at(-1)[1]) : clean, spans };
}

/** Where each character of a text is, and its end. */
function findPlaces(text) {
  const places = [];
  let at = 0;
  for (const one of text) {
    places.push(at);
    at += one.length;
  }
  return [...places, at];
}
