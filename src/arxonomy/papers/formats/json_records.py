"""JSON as a stream of records: one object on each line, or objects written in any other way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from arxonomy.papers.fields.columns import Columns
from arxonomy.papers.fields.field_names import find_field, fold_name
from arxonomy.papers.formats.json_scanner import NOT_AN_OBJECT, holds_list, holds_several, scan_objects
from arxonomy.papers.sources.lines import Fault, Line, Raw, Record
from arxonomy.papers.sources.pieces import check_text, read_pieces
from arxonomy.papers.sources.source import Source

_WITHIN = (
    "message",
    "data",
    "record",
    "paper",
    "work",
    "article",
    "item",
    "result",
    "_source",
    "attributes",
    "bibjson",
    "content",
    "info",
    "metadata",
)
"""Keys under which an answer of a service holds its only object."""

_TEXTS = {"title", "abstract"}


def has_object_lines(source: Source) -> bool:
    """Whether an open source is JSON lines, by what its first bytes show.

    One object on the first line is; an array is not, nor an object over several lines, nor an answer of
    a service with a list of objects in it. A first line that cannot be read is one bad line of JSON lines.
    """
    if source.format == "jsonl":
        return True
    head = source.peek().decode(source.encoding, errors="replace").removeprefix("\ufeff").lstrip()
    first, line_end, rest = head.partition("\n")
    if not first.startswith("{"):
        return not first.startswith("[") and not rest.lstrip().startswith('"')
    if holds_several(first):
        return False
    try:
        return not line_end or bool(orjson.loads(first))
    except orjson.JSONDecodeError:
        # An object over lines continues with a key, a bracket, or the list that it begins; a new object is a
        # new line.
        return rest.lstrip()[:1] not in ('"', "}", "]") and not holds_list(head)


def read_json_lines(lines: Iterable[Line], columns: Columns) -> Iterator[Raw]:
    """Read records of JSON, one on each line; blank lines are skipped."""
    for line in lines:
        if line.fault:
            yield Raw(line.number, {}, line.fault)
        elif line.text.strip():
            try:
                yield Raw(line.number, _parse_object(line.text, columns))
            except Fault as fault:
                yield Raw(line.number, {}, str(fault))


def read_json_objects(source: Source, columns: Columns) -> Iterator[Raw]:
    """Read records of JSON that are written over lines, in an array, or in the list of an answer.

    Args:
        source: The open source.
        columns: Shows which key is the id.
    """
    advice = source.advice
    for found in scan_objects(read_pieces(source.stream, source.encoding)):
        try:
            if found.fault is not None:
                raise Fault(found.fault)
            try:
                check_text(found.text, source.encoding, advice)
            except Fault:
                advice = ""
                raise
            yield Raw(found.line, _parse_object(found.text, columns))
        except Fault as fault:
            yield Raw(found.line, {}, str(fault))


def _parse_object(text: str, columns: Columns) -> Record:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "NaN" not in text and "Infinity" not in text:
            raise Fault(_explain_json(error)) from None
        record = _parse_with_nan(text)
    if not isinstance(record, dict):
        raise Fault(NOT_AN_OBJECT)
    record = _unwrap(record, columns)
    for key in columns.locate(record).id:
        if isinstance(record[key], int | float):
            # An id written as a number keeps its digits: 704.0010 is not 704.001.
            try:
                exact = json.loads(text, parse_float=str, parse_int=str)
            except RecursionError:
                raise Fault("not valid JSON: nested too deeply") from None
            record[key] = _unwrap(exact, columns)[key]
        if record[key] is not None:
            break
    return record


def _unwrap(record: dict[str, Any], columns: Columns) -> dict[str, Any]:
    """The paper in an answer of a service about one paper, as in `{"status": "ok", "message": {...}}`."""
    within: dict[str, Any] | None = next(
        (record[key] for key in _WITHIN if isinstance(record.get(key), dict)), None
    )
    if within is None or columns.recognize(record) & _TEXTS or not columns.recognize(within) & _TEXTS:
        return record
    return {key: value for key, value in record.items() if find_field(fold_name(key)) == "id"} | within


def _parse_with_nan(text: str) -> Any:
    """Parse JSON as Python writes it, with NaN and Infinity for values that are missing.

    Raises:
        Fault: It is not valid apart from these.
    """
    try:
        # orjson writes NaN as null, and no half of a surrogate pair.
        return orjson.loads(orjson.dumps(json.loads(text)))
    except json.JSONDecodeError as error:
        raise Fault(_explain_json(error)) from None
    except (RecursionError, TypeError) as error:
        raise Fault(f"not valid JSON: {error}") from None


def _explain_json(error: json.JSONDecodeError) -> str:
    where = f"character {error.pos + 1}"
    if error.lineno > 1:
        where = f"character {error.colno} of its line {error.lineno}"
    return f"not valid JSON: {error.msg} at {where}"
