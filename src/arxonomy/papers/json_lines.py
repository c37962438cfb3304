"""JSON lines as a stream of records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from arxonomy.papers.columns import Columns
from arxonomy.papers.lines import Fault, Line, Raw, Record


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


def _parse_object(text: str, columns: Columns) -> Record:
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "NaN" not in text and "Infinity" not in text:
            raise Fault(f"not valid JSON: {error.msg} at character {error.pos + 1}") from None
        record = _parse_with_nan(text)
    if not isinstance(record, dict):
        raise Fault('expected a JSON object, as in {"title": ..., "abstract": ...}')
    for key in columns.locate(record).id:
        if isinstance(record[key], int | float):
            # An id written as a number keeps its digits: 704.0010 is not 704.001.
            try:
                record[key] = json.loads(text, parse_float=str, parse_int=str)[key]
            except RecursionError:
                raise Fault("not valid JSON: nested too deeply") from None
        if record[key] is not None:
            break
    return record


def _parse_with_nan(text: str) -> Any:
    """Parse JSON as Python writes it, with NaN and Infinity for values that are missing.

    Raises:
        Fault: It is not valid apart from these.
    """
    try:
        # orjson writes NaN as null, and no half of a surrogate pair.
        return orjson.loads(orjson.dumps(json.loads(text)))
    except json.JSONDecodeError as error:
        raise Fault(f"not valid JSON: {error.msg} at character {error.pos + 1}") from None
    except (RecursionError, TypeError) as error:
        raise Fault(f"not valid JSON: {error}") from None
