"""A user's file of any form, and the JSON of a run or a bundle -> `Taxonomy`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from arxonomy.errors import DataError, InputError
from arxonomy.records import AnyPath
from arxonomy.taxonomy.skos import FORMATS, parse_skos
from arxonomy.taxonomy.tables import parse_table
from arxonomy.taxonomy.taxonomy import Taxonomy

_TABLES = (".csv", ".tsv", ".txt")


def read_taxonomy(path: AnyPath, labels: Iterable[str] = ()) -> Taxonomy:
    """Read a hierarchy of categories.

    Args:
        path: A table (`.csv`, `.tsv`; see `taxonomy/tables.py`), SKOS in Turtle (`.ttl`) or RDF/XML (`.rdf`,
            `.xml`, `.skos`), or what `format_taxonomy` has written (`.json`).
        labels: The labels that papers have: in SKOS they decide what is the code of a concept.

    Raises:
        InputError: The file cannot be read, or its form is none of these.
        DataError: It is no hierarchy; or see `parse_table` and `parse_skos`.
        MissingExtraError: SKOS, and the extra `skos` is not installed.
    """
    path = Path(path)
    suffix = path.suffix.casefold()
    known = (*_TABLES, *FORMATS, ".json")
    if suffix not in known:
        raise InputError(
            f"{path}: expected a taxonomy whose name ends in {', '.join(known)}, found `{path.suffix}`"
        )
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected text in UTF-8, found other bytes ({error.reason})") from error
    if suffix in FORMATS:
        return parse_skos(data, FORMATS[suffix], path.name, tuple(labels))
    try:
        return parse_taxonomy(text) if suffix == ".json" else parse_table(text, path.name)
    except ValueError as error:
        raise DataError(f"{path}: expected a taxonomy as arxonomy writes it: {error}") from None


def format_taxonomy(taxonomy: Taxonomy) -> str:
    """Format a taxonomy as JSON, which `parse_taxonomy` reads."""
    from pydantic import TypeAdapter

    content = TypeAdapter(Taxonomy).dump_python(taxonomy, mode="json", exclude_defaults=True)
    nodes = ",\n".join(json.dumps(node, ensure_ascii=False) for node in content["nodes"].values())
    head = json.dumps({"name": taxonomy.name, "levels": taxonomy.levels}, ensure_ascii=False)
    return f'{head[:-1]}, "nodes": [\n{nodes}\n]}}\n'


def parse_taxonomy(text: str) -> Taxonomy:
    """Parse what `format_taxonomy` has written.

    Raises:
        ValueError: It is something else.
    """
    from pydantic import TypeAdapter

    content = json.loads(text)
    try:
        content["nodes"] = {node["code"]: node for node in content["nodes"]}
    except (TypeError, KeyError):
        raise ValueError("expected an object with nodes, each with its code") from None
    return TypeAdapter(Taxonomy).validate_python(content)
