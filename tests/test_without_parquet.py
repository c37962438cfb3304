"""A plain install has no PyArrow: JSON lines and tables do without, and Parquet says what it needs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arxonomy.bulk import Options, make_plan
from arxonomy.cli import app
from arxonomy.errors import MissingExtraError
from arxonomy.harvest.output import check_name
from arxonomy.papers import read_papers, slice_file
from arxonomy.writing.records import ParquetWriter

EXPORT = Path(__file__).parent / "papers" / "exports" / "papers.parquet"
ADVICE = r"needs `pyarrow`, which is not installed; install it with `pip install 'arxonomy\[parquet\]'`"


@pytest.fixture(autouse=True)
def _no_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError):
        import pyarrow  # noqa: F401


def test_reading_parquet_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=rf"papers\.parquet {ADVICE}"):
        list(read_papers(EXPORT))


def test_cutting_parquet_into_shards_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=ADVICE):
        slice_file(EXPORT, 2)


def test_the_writer_names_the_extra(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb+") as file, pytest.raises(MissingExtraError, match=ADVICE):
        ParquetWriter(file, file)


def test_a_harvest_into_parquet_is_refused_before_it_begins() -> None:
    with pytest.raises(MissingExtraError, match=rf"{ADVICE}; or name a file that ends in \.jsonl"):
        check_name(Path("all.parquet"))
    check_name(Path("all.jsonl"))


def test_bulk_is_refused_before_a_file_is_hashed() -> None:
    with pytest.raises(MissingExtraError, match=rf"{ADVICE}; or use `classify`"):
        make_plan(["no such file"], None, Options())  # type: ignore[arg-type]


@pytest.mark.parametrize("where", [["-o", "out.parquet"], ["--format", "parquet"]])
def test_classify_refuses_parquet_before_it_reads(where: list[str], tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["classify", "no such file", *where])
    assert done.exit_code == 1
    assert "error: writing Parquet needs `pyarrow`" in done.stderr and "such as .jsonl" in done.stderr
    assert not list(tmp_path.iterdir())
