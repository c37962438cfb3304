import io
import logging
import zipfile
from pathlib import Path

import pytest

from arxonomy.errors import InputError, NoPapersError
from arxonomy.papers import read_papers
from arxonomy.papers.sources import compression

FORMS = Path(__file__).parents[1] / "forms"


def pack(members, level=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", level) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def load(*names):
    return {f"export/{name}": (FORMS / name).read_bytes() for name in names}


def test_all_files_of_an_archive(write, stdin):
    names = ("library.ris", "pubmed.xml", "utf16.txt", "spark.csv", "library.xlsx")
    for source in (write("all.zip", pack(load(*names))), stdin(pack(load(*names)))):
        bad = []
        papers = list(read_papers(source, on_bad=bad.append))
        assert len(papers) == 30 and [paper.row for paper in papers] == [
            row for row in range(35) if row not in [record_row(name) + 7 * n for n, name in enumerate(names)]
        ]
        assert [Path(record.file).name for record in bad] == list(names)
        assert [record.line for record in bad] == [28, 33, 4, 4, 7]
        assert str(bad[0]).endswith("export/library.ris:28: expected a title or an abstract, found neither")


def record_row(name):
    return {"library.ris": 2, "pubmed.xml": 2, "utf16.txt": 2, "spark.csv": 2, "library.xlsx": 3}[name]


def test_the_only_file_of_an_archive_and_an_asked_format(read, write):
    papers, bad = read(write("p.csv.zip", pack({"p.csv": "title\nOne\nTwo\n"}, zipfile.ZIP_STORED)))
    assert [paper.title for paper in papers] == ["One", "Two"] and bad == []
    papers, _ = read(write("p.zip", pack({"p.txt": "Titel\nÜ\n".encode("cp1252")})), encoding="cp1252",
                     format="csv", columns={"title": "titel"})  # fmt: skip
    assert papers[0].title == "Ü"


def test_what_holds_no_papers_is_passed_over_and_told(read, write, caplog):
    members = {
        "a/": "", "a/good.csv": "title\nGood\n", "README.txt": "about this export\n", "empty.csv": "",
        "fig.png": b"\x89PNG\r\n\x1a\n", "__MACOSX/a/._good.csv": b"\0\5\x16\7", ".DS_Store": b"\0",
        "inner.zip": pack({"x.csv": "title\nHidden\n"}), "paper.pdf": b"%PDF-1.7",
        "broken.jsonl": '{"title": "Second"}\nno\n', "other.csv": "a,b\n1,2\n",
    }  # fmt: skip
    caplog.set_level(logging.WARNING, "arxonomy")
    papers, bad = read(write("p.zip", pack(members)))
    assert [paper.title for paper in papers] == ["Good", "Second"]
    assert [line for line, _ in bad] == [2, 1]
    assert bad[1][1].startswith("expected a column `title` or `abstract`, found `a`, `b`")
    told = [record.getMessage() for record in caplog.records]
    names = [name for name in members if any(f"p.zip/{name}" in line for line in told)]
    assert names == ["README.txt", "fig.png", "inner.zip", "paper.pdf"]
    assert all(line.startswith("passed over ") for line in told)


def test_names_with_paths_write_nothing(read, write, tmp_path):
    before = sorted(tmp_path.parent.rglob("*"))
    path = write("p.zip", pack({"../../evil.csv": "title\nA\n", "/abs.csv": "title\nB\n"}))
    assert [paper.title for paper in read(path)[0]] == ["A", "B"]
    assert {found.name for found in tmp_path.parent.rglob("*") if found not in before} == {"p.zip"}


def test_damage_costs_the_file_that_has_it(read, write):
    data = bytearray(pack({"a.csv": "title\n" + "Apple\n" * 5, "b.csv": "title\nB\n"}, zipfile.ZIP_STORED))
    data[data.index(b"Apple\nApple") + 2] ^= 1
    papers, bad = read(write("p.zip", bytes(data)))
    assert papers[-1].title == "B" and len(bad) == 1 and "damaged or cut short" in bad[0][1]
    with pytest.raises(InputError, match="not a whole"):
        read(write("p.zip", bytes(data)[:-30]))
    with pytest.raises(NoPapersError):
        read(write("p.zip", pack({})))


@pytest.mark.parametrize("name", ["p.zip", "p.csv.gz", "p.csv.bz2", "p.csv.xz", "p.csv.zst"])
def test_bombs_are_bounded(read, write, monkeypatch, name):
    monkeypatch.setattr(compression, "FREE_SIZE", 100_000)
    monkeypatch.setattr("arxonomy.papers.sources.archives.FREE_SIZE", 100_000)
    bomb = b"title\nGood\n" + b" " * 20_000_000
    packs = {
        ".zip": lambda data: pack({"a.csv": data}), ".gz": __import__("gzip").compress,
        ".bz2": __import__("bz2").compress, ".xz": __import__("lzma").compress,
        ".zst": __import__("zstandard").compress,
    }  # fmt: skip
    path = write(name, packs[Path(name).suffix](bomb))
    if name.endswith((".bz2", ".zst")):  # nothing comes out before all does
        with pytest.raises(InputError, match="expands more than 250 times"):
            read(path)
    else:
        papers, bad = read(path)
        assert [paper.title for paper in papers] == ["Good"]
        assert len(bad) == 1 and "expands more than 250 times" in bad[0][1]


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"word/document.xml": "<w/>"}, "a Word document"),
        ({"mimetype": "application/vnd.oasis.opendocument.text"}, "a text document"),
        ({"mimetype": "application/epub+zip", "META-INF/container.xml": ""}, "an e-book"),
        ({"xl/workbook.bin": ""}, "a binary workbook"),
    ],
)
def test_documents_are_refused_with_a_cure(read, write, members, kind):
    for name in ("p.docx", "p.zip", "p"):
        with pytest.raises(InputError, match=rf"{name} is {kind}.*CSV"):
            read(write(name, pack(members)))


def test_encrypted_files_are_named(read, write, caplog):
    data = bytearray(pack({"a.csv": "title\nA\n", "b.csv": "title\nB\n"}))
    data[data.index(b"PK\1\2") + 8] |= 1  # the flag in the directory's first entry
    papers, _ = read(write("p.zip", bytes(data)))
    assert [paper.title for paper in papers] == ["B"]
    assert "a.csv is encrypted" in caplog.text
