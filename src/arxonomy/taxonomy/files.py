"""A user's file of any form, and the JSON of a run or a bundle -> `Taxonomy`."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable
from pathlib import Path

from arxonomy.errors import DataError, InputError
from arxonomy.records import AnyPath
from arxonomy.taxonomy.skos import FORMATS, parse_skos
from arxonomy.taxonomy.tables import parse_table
from arxonomy.taxonomy.taxonomy import Taxonomy

_LOG = logging.getLogger(__name__)
_SHOWN = 10

_TABLES = (".csv", ".tsv", ".txt")


def read_taxonomy(path: AnyPath, labels: Iterable[str] = ()) -> Taxonomy:
    """Read a hierarchy of categories.

    Args:
        path: A table (`.csv`, `.tsv`; see `taxonomy/tables.py`), SKOS in Turtle (`.ttl`) or RDF/XML (`.rdf`,
            `.xml`, `.skos`), or what `format_taxonomy` has written (`.json`).
        labels: The labels of papers. In SKOS they decide what is the code of a concept; those that the
            taxonomy lacks are noted.

    Raises:
        InputError: The file cannot be read, or its form is none of these.
        DataError: It is no hierarchy, or has none of the labels; or see `parse_table` and `parse_skos`.
        MissingExtraError: SKOS, and the extra `skos` is not installed.
    """
    labels = tuple(labels)
    taxonomy = _read(Path(path), labels)
    missing = [label for label in labels if label not in taxonomy.nodes]
    if labels and len(missing) == len(labels):
        wanted, found = _list_some(labels), _list_some(taxonomy.nodes)
        raise DataError(f"{path}: expected a taxonomy of the labels {wanted}; found {found}")
    if missing:
        some = f"{len(missing):,} of {len(labels):,}"
        _LOG.info("taxonomy: %s labels are not in %s: %s", some, path, _list_some(missing))
    return taxonomy


def _list_some(codes: Collection[str]) -> str:
    shown = ", ".join(f"`{code}`" for code in list(codes)[:_SHOWN])
    return shown + (f" and {len(codes) - _SHOWN:,} more" if len(codes) > _SHOWN else "")


def _read(path: Path, labels: tuple[str, ...]) -> Taxonomy:
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
        return parse_skos(data, FORMATS[suffix], path.name, labels)
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
