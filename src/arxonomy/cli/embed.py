"""`arxonomy embed`: papers in, word vectors out, to start training from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from arxonomy.cli.bad_records import BadRecords
from arxonomy.cli.options import ColumnOption, EncodingOption, StrictOption, ThreadsOption, parse_columns
from arxonomy.messages import format_count, say
from arxonomy.records import Paper

EXAMPLES = """
Example: arxonomy embed arxiv.jsonl.gz more.csv --out vectors.txt.gz --exclude split.csv
Example: arxonomy embed papers.csv --out vectors.txt --method fasttext --min-count 3 --epochs 10
"""


class Method(StrEnum):
    """How vectors are learned."""

    word2vec = "word2vec"
    fasttext = "fasttext"


def command(
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA",
            show_default=False,
            help="Papers: CSV, JSON lines, Parquet, ...; no labels needed.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="VECTORS", help="File to write; .gz compresses it.")],
    method: Annotated[
        Method,
        typer.Option(
            help="Both are skip-gram; fasttext also makes vectors for unseen words from their parts, and "
            "writes VECTORS.subwords.safetensors for that."
        ),
    ] = Method.word2vec,
    dim: Annotated[int, typer.Option(min=1, metavar="N", help="Vector dimension.")] = 300,
    epochs: Annotated[int, typer.Option(min=1, metavar="N", help="Passes over the papers.")] = 4,
    window: Annotated[
        int, typer.Option(min=1, metavar="N", help="Context window, in words to either side.")
    ] = 8,
    min_count: Annotated[
        int, typer.Option(min=1, metavar="N", help="Words seen less often get no vector.")
    ] = 8,
    seed: Annotated[
        int,
        typer.Option(min=0, max=2**32 - 1, metavar="N", help="Random seed; reproducible with --threads 1."),
    ] = 42,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Papers to leave out: a file of papers, a split (its validation and test papers), or one id "
            "on each line; can be given several times.",
        ),
    ] = None,
    threads: ThreadsOption = None,
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    strict: StrictOption = False,
) -> None:
    """Learn word vectors from papers, labeled or not.

    Scores on papers whose text the word vectors were trained on are optimistic: leave your test papers out
    with --exclude. Copies of such papers are left out too: the same arXiv id in any version, or the same
    words.

    Prints the file's name; pass it to `arxonomy train --vectors`. The papers' words are stored in a temporary
    file, in the folder that TMPDIR names.
    """
    import gensim  # noqa: F401  # if it is missing, fail before the papers are read

    from arxonomy.runtime import count_cores
    from arxonomy.text.corpus import Exclusions, read_excluded
    from arxonomy.text.embed import EmbedSettings, embed

    mapping = parse_columns(column)
    settings = EmbedSettings(method.value, dim, epochs, window, min_count, seed, threads or count_cores())
    excluded, bad = Exclusions(), 0
    for file in exclude or ():
        faults = BadRecords(file)
        exclusions = read_excluded(file, columns=mapping, encoding=encoding, strict=strict, on_bad=faults)
        faults.sum_up()
        excluded.ids |= exclusions.ids
        excluded.texts |= exclusions.texts
        bad += faults.count
    records = [BadRecords(file) for file in data]
    embed(_read_papers(data, records, mapping, encoding, strict), out, settings, excluded)
    print(out)
    if bad or any(faults.count for faults in records):
        raise typer.Exit(1)


def _read_papers(
    files: Sequence[str],
    records: Sequence[BadRecords],
    mapping: dict[str, str],
    encoding: str | None,
    strict: bool,
) -> Iterator[Paper]:
    from arxonomy.papers import read_papers

    for file, faults in zip(files, records, strict=True):
        count = 0
        for paper in read_papers(file, columns=mapping, encoding=encoding, strict=strict, on_bad=faults):
            count += 1
            yield paper
        faults.sum_up()
        say(f"{faults.file}: {format_count(count, 'paper')}")
