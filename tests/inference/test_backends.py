"""An answer never depends on its batch, its padding, the backend or the form of the weights."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from arxonomy.artifacts.weights import pack, round_table, unpack
from arxonomy.errors import SettingsError
from arxonomy.evaluation import softmax
from arxonomy.inference import load

KINDS = [
    (architecture, weights)
    for architecture in ("v1", "baseline", "arxonomy")
    for weights in ("float32", "compact")
]
MAPS = ["logits", "abstract_attention", "fusion_weights"]


@pytest.fixture(scope="module")
def networks(bundle_of):
    """(architecture, weights) -> that bundle's network in ONNX Runtime and in PyTorch."""

    @cache
    def make(kind):
        return [load(bundle_of(*kind), backend=name, threads=1).network for name in ("onnx", "torch")]

    return make


def ids(lengths: list[int], padding: int, words: int, rng: np.random.Generator) -> np.ndarray:
    rows = np.zeros((len(lengths), max(1, max(lengths)) + padding), dtype=np.int64)
    for row, length in zip(rows, lengths, strict=True):
        row[:length] = rng.integers(1, words, length)
    return rows


@pytest.mark.slow
def check_agreement(networks, lengths, title_padding, abstract_padding, seed, alone) -> None:
    """Both networks give the same for the batch, and for the papers in the rows `alone` by themselves."""
    onnx, torch_ = networks
    rng = np.random.default_rng(seed)
    words = 60
    titles = ids([t for t, _ in lengths], title_padding, words, rng)
    abstracts = ids([a for _, a in lengths], abstract_padding, words, rng)
    batch = {"title_ids": titles, "abstract_ids": abstracts}
    has_features = hasattr(torch_.network, "listed")
    names = [*MAPS, *["listed_logits", "features"] * has_features]
    computed = zip(onnx.run(batch, names), torch_.run(batch, names), strict=True)
    (logits, same), *maps = computed
    assert np.abs(softmax(logits) - softmax(same)).max() < 1e-5
    for ours, theirs in maps:
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < 1e-5
    for row in alone:
        title, abstract = lengths[row]
        paper = {
            "title_ids": titles[row : row + 1, : max(1, title)],
            "abstract_ids": abstracts[row : row + 1, : max(1, abstract)],
        }
        for network in (onnx, torch_):
            (single,) = network.run(paper, ["logits"])
            assert np.abs(softmax(single[0]) - softmax(logits[row])).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
@pytest.mark.parametrize(("title_padding", "abstract_padding"), [(0, 0), (300, 0), (0, 300)])
def test_pytorch_and_onnx_agree_on_extreme_lengths(networks, kind, title_padding, abstract_padding) -> None:
    edges = [(title, abstract) for title in (0, 1, 2, 30) for abstract in (0, 1, 2, 300)]
    rng = np.random.default_rng(0)
    others = [(int(rng.integers(31)), int(rng.integers(301))) for _ in range(48)]
    check_agreement(networks(kind), edges + others, title_padding, abstract_padding, 0, range(len(edges)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=1, max_size=12),
    title_padding=st.integers(0, 60),
    abstract_padding=st.integers(0, 60),
    seed=st.integers(0, 2**32),
)
def test_pytorch_and_onnx_agree_in_any_batch(
    networks, kind, lengths, title_padding, abstract_padding, seed
) -> None:
    rows = {0, len(lengths) - 1}
    check_agreement(networks(kind), lengths, title_padding, abstract_padding, seed, rows)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_papers_get_the_same_probabilities_everywhere(bundle_of, run_of, invented_papers, kind) -> None:
    architecture, weights = kind
    bundle = bundle_of(*kind)
    onnx = load(bundle, threads=1)
    together = onnx.probabilities(invented_papers)
    assert (onnx.backend, together.shape) == ("onnx", (90, 3))
    assert np.abs(together.sum(axis=1) - 1).max() < 1e-12
    alone = np.concatenate([onnx.probabilities([paper]) for paper in invented_papers])
    assert np.abs(alone - together).max() < 1e-5
    pytorch = load(bundle, backend="torch", device="cpu", threads=1)
    assert np.abs(pytorch.probabilities(invented_papers) - together).max() < 1e-5
    run = load(run_of(architecture).folder, threads=1, device="cpu")
    assert run.backend == "torch"
    assert run.calibrations == onnx.calibrations
    for own in (run.calibrations.whole, run.calibrations.title, run.calibrations.abstract):
        assert own.temperature != 1.0
    packed = 0.05 if architecture == "arxonomy" else 0.02  # its sums are of few words here
    tolerance = 1e-5 if weights == "float32" else packed
    assert np.abs(run.probabilities(invented_papers) - together).max() < tolerance


@pytest.mark.slow
def test_title_attention_agrees_where_there_are_words(networks) -> None:
    onnx, torch_ = networks(("v1", "float32"))
    batch = {
        "title_ids": ids([7, 3], 2, 60, np.random.default_rng(0)),
        "abstract_ids": ids([9, 4], 2, 60, np.random.default_rng(1)),
    }
    (ours,), (theirs,) = (network.run(batch, ["title_attention"]) for network in (onnx, torch_))
    for row, length in enumerate((7, 3)):
        assert np.abs(ours[row, :length] - theirs[row, :length]).max() < 1e-5
        assert ours[row, :length].sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_compact_weights_are_small_and_near() -> None:
    rng = torch.Generator().manual_seed(0)
    table = torch.randn(50, 16, generator=rng)
    table[3] = 0.0
    state = {
        "embedding.weight": table,
        "linear.table": round_table(table),
        "classifier.weight": torch.randn(8, 16, generator=rng),
        "huge.weight": torch.full((2, 2), 1e6),
        "bn.running_var": torch.full((8,), 1e-9),
        "bn.num_batches_tracked": torch.tensor(5),
    }
    packed = pack(state, "compact")
    assert {name: value.dtype for name, value in packed.items()} == {
        "embedding.weight": torch.int8,
        "embedding.weight.scale": torch.float16,
        "linear.table": torch.uint8,
        "linear.table.scale": torch.float16,
        "classifier.weight": torch.float16,
        "huge.weight": torch.float32,
        "bn.running_var": torch.float32,
        "bn.num_batches_tracked": torch.int64,
    }
    back = unpack(packed)
    assert list(back) == list(state)
    half_a_step = table.abs().amax(dim=1, keepdim=True) / 127 * 0.51
    assert ((back["embedding.weight"] - table).abs() <= half_a_step).all()
    assert packed["linear.table"].shape == (50, 8)
    for name in ("linear.table", "huge.weight", "bn.running_var", "bn.num_batches_tracked"):
        assert torch.equal(back[name], state[name])
    assert unpack(pack(state, "float32")).keys() == state.keys()


@pytest.mark.parametrize("width", [2, 6, 24])
def test_a_table_is_rounded_with_the_scale_of_least_error(width: int) -> None:
    table = torch.randn(50, width, generator=torch.Generator().manual_seed(0))
    table[1], table[2], table[3] = 0.0, 1e-9, table[3] * 1e4  # nothing, less than float16 has, much
    rounded = round_table(table)
    step = table.abs().amax(dim=1, keepdim=True) / 7
    plain = (table / step).round().nan_to_num() * step  # without numbers beyond the largest step
    error, plain_error = ((guess - table).square().sum(dim=1) for guess in (rounded, plain))
    halves = table.square().sum(dim=1) * 2**-18  # what float16 takes off a scale
    assert (error <= 1.05 * plain_error + halves + 1e-12).all()
    assert width == 2 or error[4:].sum() < 0.98 * plain_error[4:].sum()
    assert not rounded[1].any() and rounded[3].abs().max() > 1e3
    assert torch.equal(round_table(rounded), rounded)
    packed = pack({"bag.pairs.weight": rounded}, "compact")
    assert packed["bag.pairs.weight"].dtype == torch.uint8
    assert torch.equal(unpack(packed)["bag.pairs.weight"], rounded)


@pytest.mark.parametrize("width", [1, 6, 8])
def test_a_table_that_was_not_rounded_keeps_eight_bits(width: int) -> None:
    table = torch.randn(6, width, generator=torch.Generator().manual_seed(0))
    table[1], table[2], table[3] = 0.0, 1e-9, table[3] * 1e4
    packed = pack({"bag.pairs.weight": table}, "compact")
    assert packed["bag.pairs.weight"].dtype == torch.int8
    back = unpack(packed)["bag.pairs.weight"]
    step = table.abs().amax(dim=1, keepdim=True) / 127
    assert (back - table).abs().le(0.51 * step + 1e-8).all() and not back[1].any()


@pytest.mark.parametrize("scales", [1, 2])
def test_pairs_of_older_bundles_are_read(scales: int) -> None:
    """They have four bits, and one scale per row or one for each half of it."""
    scale = torch.tensor([[0.5, 2.0][:scales]], dtype=torch.float16)
    packed = {
        "bag.pairs.weight": torch.tensor([[0x1F, 0x80]], dtype=torch.uint8),
        "bag.pairs.weight.scale": scale,
    }
    left, right = [7 * 0.5, -8 * 0.5], [-7.0, 0.0]
    expected = torch.tensor([[*left, *(number * float(scale[0, -1]) for number in right)]])
    assert torch.equal(unpack(packed)["bag.pairs.weight"], expected)


WITHOUT_EXTRAS = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[3:]))
from arxonomy.errors import MissingExtraError
from arxonomy.inference import export_bundle, load
print(load(sys.argv[1], threads=1).classify([("Parsing", "We parse a corpus of dialogue")])[0].category)
for call in (lambda: load(sys.argv[1], backend="torch"), lambda: load(sys.argv[2]),
             lambda: export_bundle(sys.argv[2], "nowhere")):
    try:
        call()
    except MissingExtraError as error:
        print(error)
"""


def test_a_plain_install_classifies_and_says_what_it_lacks(bundle_of, run_of) -> None:
    extras = "torch onnx onnx_ir onnxscript scipy sklearn lightning_fabric matplotlib".split()
    command = [sys.executable, "-c", WITHOUT_EXTRAS, bundle_of(), run_of("v1").folder, *extras]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    answer, *errors = done.stdout.splitlines()
    assert answer == "cs.CL"
    assert len(errors) == 3
    assert all("pip install 'arxonomy[train]'" in error for error in errors)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"backend": "onx"}, "backend: expected auto, onnx or torch, found `onx`"),
        ({"device": "gpu"}, "device: expected auto, cpu or cuda, found `gpu`"),
        ({"backend": "onnx", "device": "cuda"}, "use the backend torch"),
        ({"threads": 0}, "at least 1, found 0"),
    ],
)
def test_impossible_options(bundle_of, options, words) -> None:
    with pytest.raises(SettingsError, match=words):
        load(bundle_of(), **options)


def test_a_run_has_no_onnx_graph(run_of) -> None:
    with pytest.raises(SettingsError, match="arxonomy export"):
        load(run_of("v1").folder, backend="onnx")


@pytest.mark.skipif(torch.cuda.is_available(), reason="for machines without a GPU")
def test_a_gpu_that_is_not_there(bundle_of) -> None:
    with pytest.raises(SettingsError, match="PyTorch sees no GPU"):
        load(bundle_of(), device="cuda")
