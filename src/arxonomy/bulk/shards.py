"""One shard: its papers -> a file of Parquet, a file of bad records, and a marker."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from arxonomy.atomic import hash_file, replace_file
from arxonomy.bulk.folder import OutputFolder, ShardMarker
from arxonomy.bulk.plan import Options, Shard, find_instructions
from arxonomy.errors import NoPapersError
from arxonomy.inference import Classifier
from arxonomy.inference.pairs import pair_with_predictions
from arxonomy.output import RESERVED, PredictionRecord
from arxonomy.papers import BadRecord, Note, read_papers
from arxonomy.records import Paper
from arxonomy.writing.records import ParquetWriter

TAKEN = ("file", *PredictionRecord.__annotations__, *RESERVED)
"""Names of columns of answers, which no column of the user's gets."""

_REPORT_EVERY = 500  # papers


def name_kept_columns(columns: tuple[str, ...]) -> dict[str, str]:
    """Name the columns of answers that hold columns of the user's: as these, or `input_` in front.

    >>> name_kept_columns(("doi", "category"))
    {'doi': 'doi', 'input_category': 'category'}
    """
    taken = {name.casefold() for name in TAKEN}
    return {f"input_{name}" if name.casefold() in taken else name: name for name in columns}


@dataclass
class _Tally:
    """What is counted while a shard's papers pass by."""

    kept: tuple[str, ...]
    papers: int = 0
    abstained: int = 0
    bad_records: int = 0
    notes: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def add_note(self, note: Note) -> None:
        self.notes.append(f"{'warning: ' if note.is_warning else ''}{note.text}")

    def add_columns(self, paper: Paper) -> None:
        if len(self.seen) < len(self.kept):
            self.seen.update(name for name in self.kept if name in paper.columns)


def classify_shard(
    classifier: Classifier,
    shard: Shard,
    options: Options,
    folder: OutputFolder,
    report: Callable[[int], None] = lambda count: None,
) -> ShardMarker:
    """Classify the papers of a shard and write its files, the marker last, each atomically.

    Args:
        classifier: With its view and prior, on one thread.
        shard: The shard.
        options: What is asked of its papers.
        folder: Where its files are written.
        report: Called now and then with the papers classified since the last call.

    Raises:
        InputError: Its file cannot be read as it was when the plan was made.
        ArxonomyError: A file cannot be written, as on a full disk.
    """
    tally = _Tally(options.keep_columns)
    answers, bad_records = folder.get_answers(shard), folder.get_bad_records(shard)
    with replace_file(answers) as temporary, tempfile.TemporaryFile() as scratch:
        with temporary.open("wb") as stream, tempfile.TemporaryFile() as bad:
            writer = ParquetWriter(
                stream,
                scratch,
                with_listed=classifier.knows_lists,
                with_outside=classifier.view is not None,
                with_typicality=classifier.knows_typicality,
                with_level=options.level is not None or options.back_off is not None,
                file=shard.file,
                own=name_kept_columns(options.keep_columns),
            )

            def add_bad_record(record: BadRecord) -> None:
                tally.bad_records += record.records
                line = {"file": record.file, "line": record.line, "reason": record.reason}
                bad.write(json.dumps(line).encode() + b"\n")  # ASCII, whatever a reason quotes

            _write_answers(classifier, shard, options, writer, tally, add_bad_record, report)
            writer.finish()
            if tally.bad_records:
                bad.seek(0)
                with replace_file(bad_records) as copy, copy.open("wb") as copied:
                    shutil.copyfileobj(bad, copied)
            else:
                bad_records.unlink(missing_ok=True)
        sha256 = hash_file(temporary)
    marker = ShardMarker(
        shard=shard.name,
        papers=tally.papers,
        abstained=tally.abstained,
        bad_records=tally.bad_records,
        sha256=sha256,
        notes=tuple(tally.notes) if shard.slice is None or shard.slice.first_row == 0 else (),
        missing_columns=tuple(name for name in tally.kept if tally.papers and name not in tally.seen),
        instructions=find_instructions() if options.any_processor else None,
    )
    folder.write_marker(shard, marker)
    return marker


def _write_answers(
    classifier: Classifier,
    shard: Shard,
    options: Options,
    writer: ParquetWriter,
    tally: _Tally,
    add_bad_record: Callable[[BadRecord], None],
    report: Callable[[int], None],
) -> None:
    papers = read_papers(
        shard.file,
        columns=options.columns,
        encoding=options.encoding,
        keep_columns=bool(options.keep_columns),
        on_bad=add_bad_record,
        on_note=tally.add_note,
        slice=shard.slice,
    )

    def read() -> Iterator[Paper]:
        try:
            yield from papers
        except NoPapersError as error:  # one bad file among many, or one bad shard of a file
            if not tally.bad_records:
                add_bad_record(BadRecord(shard.file, 1, str(error)))

    pairs = pair_with_predictions(
        classifier,
        read(),
        options.top_k,
        min_confidence=options.min_confidence,
        level=options.level,
        back_off=options.back_off,
    )
    for paper, prediction in pairs:
        writer.write(paper, prediction)
        tally.papers += 1
        tally.abstained += prediction.category is None
        tally.add_columns(paper)
        if tally.papers % _REPORT_EVERY == 0:
            report(_REPORT_EVERY)
    report(tally.papers % _REPORT_EVERY)
