"""Operations and bytes of the operators of a graph, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from roofline import Cost, count_cost, count_graph, share_time

from arxonomy.artifacts.bundle import Bundle, find_packaged_bundle

F = "float"


@pytest.mark.parametrize(
    ("kind", "inputs", "outputs", "cost"),
    [
        # A product of (2, 3) and (3, 5): each of 10 numbers is 3 multiplications and 3 additions.
        ("MatMul", [{F: [2, 3]}, {F: [3, 5]}], [{F: [2, 5]}], Cost(60, 4 * (6 + 15 + 10))),
        ("FusedMatMul", [{F: [4, 3, 2]}, {F: [4, 3, 5]}], [{F: [4, 2, 5]}], Cost(240, 4 * (24 + 60 + 40))),
        # 8 filters of 3 words of 4 numbers, at 7 places of 2 texts.
        (
            "Conv",
            [{F: [2, 4, 1, 7]}, {F: [8, 4, 1, 3]}, {F: [8]}],
            [{F: [2, 8, 1, 7]}],
            Cost(2 * 112 * 12, 4 * (56 + 96 + 8 + 112)),
        ),
        # 5 words of 2 texts, two directions, 3 units of four gates, which read 6 numbers and 3 states.
        ("LSTM", [{F: [5, 2, 6]}], [{F: [5, 2, 2, 3]}], Cost(2 * 60 * 4 * 9, 4 * (60 + 60))),
        # Of a table of a million numbers two rows are read, and written.
        ("Gather", [{"int8": [10_000, 100]}, {"int64": [2]}], [{"int8": [2, 100]}], Cost(200, 416)),
        ("Cast", [{"float16": [9]}], [{F: [9]}], Cost(9, 18 + 36)),
        ("Reshape", [{F: [2, 3]}, {"int64": [1]}], [{F: [6]}], Cost(0, 0)),
    ],
)
def test_costs_of_operators(kind: str, inputs: list, outputs: list, cost: Cost) -> None:
    assert count_cost(kind, inputs, outputs) == cost


def test_a_graph_costs_a_paper_the_same_in_any_batch() -> None:
    graph = Bundle(find_packaged_bundle()).graph

    def make_batch(papers: int, words: int) -> dict[str, np.ndarray]:
        return {name: np.full((papers, words), 2, dtype=np.int64) for name in ("title_ids", "abstract_ids")}

    few, many = (count_graph(graph, make_batch(papers, 6)) for papers in (4, 8))
    assert many["operations_of_products"] == few["operations_of_products"] > 0
    longer = count_graph(graph, make_batch(4, 12))
    assert few["operations_of_products"] < longer["operations_of_products"]
    assert few["bytes_of_rows"] < longer["bytes_of_rows"] < longer["bytes_between_operators"]
    shares = share_time(graph, [make_batch(4, 6)])
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3) and "Gather" in shares
