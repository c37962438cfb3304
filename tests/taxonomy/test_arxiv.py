from __future__ import annotations

from collections import Counter

import pytest

from arxonomy.errors import SettingsError
from arxonomy.taxonomy import find_category, find_taxonomy, get_arxiv, get_arxiv_papers


def test_the_table_is_whole_and_consistent() -> None:
    arxiv = get_arxiv()
    counts = Counter(node.status for node in arxiv.nodes.values())
    assert (counts["active"], counts["alias"], counts["retired"]) == (149, 6, 21)
    assert arxiv.levels == ("group", "archive", "category")
    categories = {code for code, node in arxiv.nodes.items() if node.status == "active"}
    for code, node in arxiv.nodes.items():
        assert node.code == code and node.path[-1] == code and node.name, code
        assert set(node.path) <= arxiv.nodes.keys(), code
        assert len(node.path) == (2 if node.status == "archive" else 3), code
        assert node.canonical is None or node.canonical in categories, code
    orphans = {code for code, node in arxiv.nodes.items() if node.status == "retired" and not node.canonical}
    assert orphans == {"astro-ph", "cond-mat", "q-bio"}


def test_most_categories_have_a_number_of_papers() -> None:
    papers, nodes = get_arxiv_papers(), get_arxiv().nodes
    assert 140 < len(papers) < 149 and all(nodes[code].status == "active" for code in papers)
    assert min(papers.values()) > 0 and max(papers, key=papers.__getitem__) in {"cs.CV", "cs.LG"}


def test_a_code_may_stand_for_several_levels() -> None:
    arxiv = get_arxiv()
    path = [arxiv.get_broader("hep-th", level) for level in arxiv.levels]
    assert path == ["physics", "hep-th", "hep-th"] and arxiv.nodes["hep-th"].broader == "physics"
    assert [arxiv.get_broader("cs", level) for level in arxiv.levels] == ["cs", "cs", "cs"]
    assert arxiv.get_name("cs") == "Computer Science" and arxiv.nodes["cs"].broader is None


def test_what_is_unknown_has_no_name_and_is_its_own_level() -> None:
    arxiv = get_arxiv()
    assert arxiv.get_name("cs.AI-LG") is None and arxiv.find_canonical("cs.AI-LG") is None
    assert arxiv.get_broader("cs.AI-LG", "group") == "cs.AI-LG"
    with pytest.raises(SettingsError, match="expected a level of arXiv, found `archives`: did you mean"):
        arxiv.get_broader("cs.CL", "archives")


def test_aliases_and_retired_names_lead_to_one_category() -> None:
    arxiv = get_arxiv()
    assert {arxiv.find_canonical(code) for code in ("cs.NA", "math.NA")} == {"math.NA"}
    assert arxiv.find_canonical("cmp-lg") == "cs.CL" and arxiv.find_canonical("cs") is None
    assert arxiv.get_aliases(["cs.IT", "cs.CL", "math.IT"]) == {"cmp-lg": "cs.CL"}


@pytest.mark.parametrize(
    ("name", "labels", "found"),
    [
        ("cs.IT", ["cs.CL", "cs.IT"], "cs.IT"),
        (" math.IT ", ["cs.CL", "cs.IT"], "cs.IT"),
        ("cs.IT", ["cs.CL", "math.IT"], "math.IT"),
        ("math.IT", ["cs.IT", "math.IT"], "math.IT"),
        ("cond-mat", ["cond-mat.soft"], None),
        ("68T50", ["cs.CL", "Robots"], None),
    ],
)
def test_a_label_is_found_by_its_other_names(name: str, labels: list[str], found: str | None) -> None:
    assert find_category(name, labels, get_arxiv()) == found
    assert find_category(name, labels, None) == (found if name.strip() == found else None)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["cs.AI-LG", "cs.CL", "cs.CV"], True),
        (["cs.SY", "q-alg"], True),
        (["math", "physics", "cs"], False),
        (["cs.CL", "Sports"], False),
        ([], False),
    ],
)
def test_labels_are_recognized_by_most_of_them(labels: list[str], expected: bool) -> None:
    assert (find_taxonomy(labels) is get_arxiv()) == expected
