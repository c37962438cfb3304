"""Files of tiny papers for runs over many, and what such runs leave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

WORDS = ("agent", "grammar", "pixel", "gradient", "boson")


def make_records(count: int, start: int = 0) -> list[dict[str, Any]]:
    """Records whose ids are numbers with a p, and whose answers vary."""
    return [
        {
            "id": f"p{row}",
            "title": f"{WORDS[row % 5]} and {WORDS[row // 5 % 5]}",
            "abstract": f"{WORDS[row % 3]} of the {row}th kind",
            "doi": f"10.9999/{row}",
        }
        for row in range(start, start + count)
    ]


def write_json_lines(path: Path, records: Sequence[Any]) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def write_parquet(path: Path, records: Sequence[dict[str, Any]], row_group_size: int = 1000) -> Path:
    pq.write_table(
        pa.Table.from_pylist(list(records)),
        path,
        row_group_size=row_group_size,
        compression="none",
        use_dictionary=False,
    )
    return path


def read_ids(out: Path) -> list[str]:
    return pq.read_table(out).column("id").to_pylist()


def hash_answers(out: Path) -> dict[str, bytes]:
    """All that a run leaves, but for the lock: name -> bytes."""
    files = [path for path in out.rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}
