"""Whether the page without a server answers as Python does, on real papers in Chromium.

    python experiments/page_parity.py papers.parquet --page FOLDER --out experiments/records/page_parity.json

FOLDER is what `arxonomy page` has written with the packaged model. Of 20,000 papers the word ids, the share of unknown
words and the parts that are read are compared; of some of them the answers, and of a few the explanations. No text of a
paper is recorded.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from shutil import which
from typing import Any

from playwright.sync_api import Page, sync_playwright

import arxonomy
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.papers import read_papers
from arxonomy.records import Paper

AT_ONCE = 500
ENCODE = """async ([folder, papers]) => {
  if (!window.encoder) {
    const [{ setRules }, { Encoder }] = await Promise.all([import(`${folder}/rules.js`), import(`${folder}/tokens.js`)]);
    const load = async (name) => (await fetch(`${folder}/${name}.json`)).json();
    setRules(await load("rules"));
    window.encoder = new Encoder(await load("vocabulary"), await load("facts"));
  }
  return papers.map(([title, abstract]) => window.encoder.encode({ title, abstract }));
}"""
CALL = """async ([folder, name, papers]) => {
  const api = await import(`${folder}/api.js`);
  const answers = [];
  for (const [title, abstract] of papers) answers.push(await api[name]({ title, abstract }, null, null, null));
  return answers;
}"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


def list_numbers(value: Any) -> list[float]:
    """All numbers of a record, in its order."""
    if isinstance(value, dict):
        return list(chain.from_iterable(map(list_numbers, value.values())))
    if isinstance(value, list):
        return list(chain.from_iterable(map(list_numbers, value)))
    return [value] if isinstance(value, float) else []


def compare_ids(page: Page, folder: str, papers: list[Paper], classifier: arxonomy.Classifier) -> int:
    """Count the papers that are encoded otherwise."""
    different = 0
    for start in range(0, len(papers), AT_ONCE):
        group = papers[start : start + AT_ONCE]
        found = page.evaluate(ENCODE, [folder, [[paper.title, paper.abstract] for paper in group]])
        for paper, own in zip(group, found, strict=True):
            wanted = classifier.encoder.encode(paper)
            different += (own["title"], own["abstract"], own["read"]) != (
                wanted.title.tolist(), wanted.abstract.tolist(), list(wanted.read),
            ) or abs(own["unknown"] - wanted.unknown_words) > 1e-12  # fmt: skip
        print(f"{different} of the papers so far differ", file=sys.stderr)
    return different


def compare_answers(
    page: Page, folder: str, papers: list[Paper], classifier: arxonomy.Classifier
) -> dict[str, Any]:
    """Compare the probabilities of all categories, of lists and of typicality."""
    found = page.evaluate(CALL, [folder, "classify", [[paper.title, paper.abstract] for paper in papers]])
    largest, other = 0.0, 0
    for own, prediction in zip(found, classifier.classify(papers, None), strict=True):
        shares = {one["category"]: one["probability"] for one in own["categories"]}
        gaps = [abs(shares[category] - share) for category, share in prediction.categories]
        gaps.append(abs(own["typicality"] - (prediction.typicality or 0.0)))
        largest = max(largest, *gaps)
        other += own["category"] != prediction.category or own["warnings"] != list(prediction.warnings)
    return {
        "papers": len(papers),
        "other_category_or_warnings": other,
        "largest_difference": float(f"{largest:.2g}"),
    }


def compare_words(
    page: Page, folder: str, papers: list[Paper], classifier: arxonomy.Classifier
) -> dict[str, Any]:
    """Compare the words that drove predictions, their places and scores."""
    found = page.evaluate(CALL, [folder, "explain", [[paper.title, paper.abstract] for paper in papers]])
    largest, other = 0.0, 0
    for own, paper in zip(found, papers, strict=True):
        wanted = json.loads(json.dumps(classifier.explain(paper).to_dict()))["explanation"]
        words = [
            [
                (word["word"], word["start"], word["end"], word["known"])
                for part in ("title", "abstract")
                for word in record[part]
            ]
            for record in (own["explanation"], wanted)
        ]
        other += words[0] != words[1]
        pairs = zip(list_numbers(own["explanation"]), list_numbers(wanted), strict=False)
        largest = max(largest, *(abs(one - two) for one, two in pairs))
    return {"papers": len(papers), "other_words": other, "largest_difference": float(f"{largest:.2g}")}


def main() -> None:
    """Compare, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--words", type=int, default=30)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    (files,) = options.page.glob("files-*")
    classifier = arxonomy.load(threads=1)
    papers = [paper for _, paper in zip(range(options.count), read_papers(options.papers), strict=False)]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(options.page)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(300_000)
        page.goto(url)
        some = [url + "/" + files.name]
        record = {
            "command": "python experiments/page_parity.py papers.parquet --page FOLDER",
            "papers": {"count": len(papers), "sha256": hash_file(options.papers)},
            "model_sha256": classifier.source.sha256,
            "chromium": browser.version,
            "encoded_otherwise": compare_ids(page, *some, papers, classifier),
            "answers": compare_answers(
                page, *some, papers[:: max(1, len(papers) // options.answers)], classifier
            ),
            "words": compare_words(page, *some, papers[:: max(1, len(papers) // options.words)], classifier),
        }
        browser.close()
    server.shutdown()
    data = json.dumps(record, indent=1) + "\n"
    if options.out:
        write_atomic(options.out, data)
    print(data, end="")


if __name__ == "__main__":
    main()
