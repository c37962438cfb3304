"""Each weight belongs to its word."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from test_plain_install import EXTRAS

from arxonomy.explain import explain_prediction
from arxonomy.inference import load
from arxonomy.records import Paper
from arxonomy.text import tokenize

ARCHITECTURES = ["v1", "baseline", "arxonomy"]
PAPER = Paper(
    "p", "A Grammar for parsing: dialogue", "We parse a corpus; syntax, and the (Zyzzyva) token. " * 3
)


def compute_attention(classifier, paper):
    return explain_prediction(classifier, paper, method="attention")


class Planted:
    """A network whose weights tell where they belong: 1, 2, 3... over their sum."""

    name = "planted"
    batch_size = 8

    def run(self, inputs, outputs):
        titles, abstracts = inputs["title_ids"].shape[1], inputs["abstract_ids"].shape[1]
        rising = np.arange(1, titles + 1, dtype=np.float32)
        maps = {
            # Row i looks at word i alone, but for the last one, which looks at the first.
            "title_attention": np.eye(titles, dtype=np.float32)[[*range(titles - 1), 0]][None],
            "abstract_attention": np.arange(abstracts, dtype=np.float32)[None] / max(1, abstracts),
            "fusion_weights": np.array([[0.25, 0.5]], dtype=np.float32),
            "logits": rising[None, :3],
        }
        return [maps[name] for name in outputs]


def test_words_line_up_with_weights():
    classifier = load(threads=1)
    classifier.network = Planted()
    attention = compute_attention(classifier, PAPER)
    assert [word.text for word in attention.title_words] == ["a", "grammar", "for", "parsing", "dialogue"]
    assert attention.title_map.tolist() == np.eye(5)[[0, 1, 2, 3, 0]].tolist()
    assert attention.title.tolist() == [0.4, 0.2, 0.2, 0.2, 0.0]
    assert [word.text for word in attention.abstract_words] == tokenize(PAPER.abstract)
    assert attention.abstract * 27 == pytest.approx(np.arange(27), abs=1e-5)
    assert attention.gates == (0.25, 0.5)
    assert {word.text for word in attention.abstract_words if not word.known} == {"zyzzyva"}


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_weights_sum_to_one_and_belong_to_the_answer(classifier_of, architecture):
    classifier = classifier_of(architecture)
    attention = compute_attention(classifier, PAPER)
    assert (attention.title_map is None) == (architecture == "baseline")
    assert attention.heat_map.shape == ((1, 5) if architecture == "baseline" else (5, 5))
    assert attention.heat_map.sum(axis=-1) == pytest.approx(1, abs=1e-5)
    assert attention.title.shape == (5,)
    assert attention.title.sum() == pytest.approx(1, abs=1e-5)
    assert attention.abstract.shape == (27,) and attention.abstract.sum() == pytest.approx(1, abs=1e-5)
    assert all(0 < gate < 1 for gate in attention.gates)
    assert list(attention.to_dict()["explanation"]["gates"]) == (
        ["title", "abstract", "bag_of_words"] if architecture == "arxonomy" else ["title", "abstract"]
    )
    assert attention.prediction == classifier.classify([PAPER])[0]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_both_backends_agree(classifier_of, architecture):
    onnx, torch = (compute_attention(classifier_of(architecture, name), PAPER) for name in ("onnx", "torch"))
    assert onnx.heat_map == pytest.approx(torch.heat_map, abs=1e-5)
    assert onnx.abstract == pytest.approx(torch.abstract, abs=1e-5)
    assert onnx.gates == pytest.approx(torch.gates, abs=1e-5)
    assert onnx.title_words == torch.title_words


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_an_empty_text_has_no_weights(classifier_of, architecture, backend):
    classifier = classifier_of(architecture, backend)
    no_title = compute_attention(classifier, ("", PAPER.abstract))
    assert (no_title.title_words, no_title.title.size, no_title.title.shape) == ((), 0, (0,))
    assert no_title.abstract.sum() == pytest.approx(1, abs=1e-5)
    no_abstract = compute_attention(classifier, {"id": "x", "title": "parsing", "abstract": "图"})
    assert (no_abstract.abstract_words, no_abstract.abstract.shape) == ((), (0,))
    assert no_abstract.title.tolist() == pytest.approx([1.0])
    assert no_abstract.prediction.id == "x"


def test_words_past_the_networks_limit_are_left_out(classifier_of):
    attention = compute_attention(classifier_of("v1"), ("token " * 40, "corpus " * 400))
    assert (len(attention.title_words), len(attention.abstract_words)) == (30, 300)
    assert (attention.heat_map.shape, attention.abstract.shape) == ((30, 30), (300,))
    assert attention.unread == (10, 100)


PLAIN = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[2:]))
from arxonomy.errors import ArxonomyError
from arxonomy.explain import explain_prediction, save_explanations, save_attention
from arxonomy.inference import load
attention = explain_prediction(load(threads=1), ("Parsing", "We parse a corpus"), method="attention")
save_explanations([attention], sys.argv[1])
try:
    save_attention(attention, sys.argv[1] + ".png")
except ArxonomyError as error:
    print(error)
try:
    explain_prediction(load(threads=1), ("Parsing", ""), method="gradients")
except ArxonomyError as error:
    print(error)
"""


def test_a_plain_install_makes_the_page_and_says_what_a_picture_needs(tmp_path):
    command = [sys.executable, "-c", PLAIN, tmp_path / "page.html", *EXTRAS]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    picture, gradients = done.stdout.splitlines()
    assert "matplotlib" in picture and "pip install 'arxonomy[train]'" in picture
    assert gradients.startswith("the method gradients needs ") and "occlusion needs nothing" in gradients
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
