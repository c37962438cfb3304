"""What `arxonomy audit` finds of planted near-duplicates, and what its MinHash costs next to datasketch's.

    python bench/near_duplicates.py ../shared/data/arxiv12k/primary_label.csv --out RECORD.json
        [--cost ../shared/data/arxiv_archive_2019.parquet]

Copies of papers, with a share of the words of title and abstract substituted, deleted, inserted or swapped,
are put among the papers. For each kind and share the record has the recall and the least and median
resemblance (Jaccard similarity of word pairs) to the original, and besides the highest resemblances of papers
of the file itself. `--cost` measures processor seconds and memory on another file, with datasketch
(pip install datasketch) where it is installed; each in a separate process.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import multiprocessing
import random
import resource
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from arxonomy.atomic import hash_file, write_atomic
from arxonomy.auditing import near
from arxonomy.auditing.words import build_word_sets, split_words
from arxonomy.papers import group_copies, read_papers
from arxonomy.papers.copies import merge_groups

KINDS = ("substitute", "delete", "insert", "swap", "mixed")
SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)
COPIES = 100


def edited(text, share, kind, pool, draw):
    """The text with `share` of its words edited, one after the other."""
    words = text.split()
    for _ in range(max(1, round(share * len(words)))):
        edit = draw.choice(KINDS[:-1]) if kind == "mixed" else kind
        place, other = draw.randrange(len(words)), draw.randrange(len(words))
        if edit == "substitute":
            words[place] = draw.choice(pool)
        elif edit == "insert":
            words.insert(place, draw.choice(pool))
        elif edit == "delete" and len(words) > 1:
            del words[place]
        elif edit == "swap":
            words[place], words[other] = words[other], words[place]
    return " ".join(words)


def curve(file):
    """Recall and resemblance by kind and share of edits; precision; resemblance of the file's own papers."""
    papers = list(read_papers(file, labeled=True))
    count, draw, origins, cases = len(papers), random.Random(0), [], []
    pool = sorted({word for paper in papers for word in paper.abstract.split()})
    for kind in KINDS:
        for share in SHARES:
            for row in draw.sample(range(count), COPIES):
                title, abstract = (
                    edited(t, share, kind, pool, draw) for t in (papers[row].title, papers[row].abstract)
                )
                papers.append(replace(papers[row], id=f"copy-{len(papers)}", title=title, abstract=abstract))
                origins.append(row)
                cases.append((kind, share))
    duplicates = near.find_near_duplicates(papers, build_word_sets(papers), group_copies(papers))
    pairs = {tuple(pair) for pair in duplicates.pairs.tolist()}
    true = [(origin, count + i) for i, origin in enumerate(origins)]
    sets = [set(pairwise(split_words(paper))) for paper in papers]
    alike = np.array([len(sets[a] & sets[b]) / len(sets[a] | sets[b]) for a, b in true])
    table = {}
    for kind in KINDS:
        for share in SHARES:
            chosen = [i for i, case in enumerate(cases) if case == (kind, share)]
            table.setdefault(kind, {})[f"{share:.0%}"] = {
                "recall": float(np.mean([true[i] in pairs for i in chosen])),
                "resemblance": [round(float(f(alike[chosen])), 3) for f in (np.min, np.median)],
            }
    families = merge_groups(np.arange(len(papers)), np.array(true))  # two copies of one paper belong together
    foreign = [pair for pair in pairs if families[pair[0]] != families[pair[1]]]
    resemblances = [
        float(r) for (a, b), r in zip(duplicates.pairs, duplicates.resemblance, strict=True) if b < count
    ]
    return {
        "papers": count,
        "copies_of_each_kind_and_share": COPIES,
        "found": table,
        "pairs": len(pairs),
        "pairs_of_papers_not_planted": len(foreign),
        "of_them_pairs_of_the_files_own_papers": len(resemblances),
        "highest_resemblance_of_random_pairs": round(random_pairs(sets[:count], draw), 3),
    }


def random_pairs(sets, draw, count=500_000):
    """The highest resemblance of random pairs of papers."""
    best = 0.0
    for _ in range(count):
        one, other = sets[draw.randrange(len(sets))], sets[draw.randrange(len(sets))]
        if one is not other:
            shared = len(one & other)
            best = max(best, shared / (len(one) + len(other) - shared))
    return best


def cost(file, engine):
    """Processor seconds from words to candidates, and the peak memory in MB, the papers included."""
    papers = list(read_papers(file, labeled=True))
    groups = group_copies(papers)
    words = build_word_sets(papers)
    chosen = groups == np.arange(len(papers))
    start = time.process_time()
    if engine == "arxonomy":
        candidates = len(near._find_candidates(words, chosen))
    else:
        from datasketch import MinHash, MinHashLSH

        _, ids, first = near._select_words(words, chosen)
        ends = [*first[1:].tolist(), len(ids)]
        texts = (
            [i.to_bytes(4, "little") for i in ids[a:b].tolist()]
            for a, b in zip(first.tolist(), ends, strict=True)
        )
        hashes = MinHash.bulk(texts, num_perm=near._BANDS * near._ROWS)
        index = MinHashLSH(num_perm=near._BANDS * near._ROWS, params=(near._BANDS, near._ROWS))
        with index.insertion_session() as session:
            for number, one in enumerate(hashes):
                session.insert(number, one, check_duplication=False)
        candidates = sum(len(index.query(one)) - 1 for one in hashes) // 2
    return {
        "processor_seconds": round(time.process_time() - start, 1),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "papers": int(chosen.sum()),
        "candidates": candidates,
    }


def main():
    """Measure, print, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="papers among which copies are planted")
    parser.add_argument("--cost", type=Path, help="papers on which cost is measured")
    parser.add_argument("--out", type=Path, required=True, help="the record to write (JSON)")
    arguments = parser.parse_args()
    words = [arguments.data.name, *(["--cost", arguments.cost.name] if arguments.cost else [])]
    record = {
        "command": f"python bench/near_duplicates.py {' '.join(words)} --out {arguments.out.name}",
        "data_sha256": hash_file(arguments.data),
        **curve(arguments.data),
    }
    if arguments.cost:
        engines = ["arxonomy"]
        if importlib.util.find_spec("datasketch"):
            engines.append(f"datasketch {importlib.metadata.version('datasketch')}")
        record["cost"] = {}
        for engine in engines:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                record["cost"][engine] = pool.apply(cost, (arguments.cost, engine))
    text = json.dumps(record, indent=1)
    write_atomic(arguments.out, text + "\n")
    print(text)


if __name__ == "__main__":
    main()
