"""How typical a text is of the papers of a calibration: a p-value out of its logits."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.evaluation import PartScores, Typicality

WHOLE = ("title", "abstract")
LEAST = 1 / 1001


def make_logits(papers: int, seed: int, strength: float = 3.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(papers, 20)) * strength


def fit(logits: np.ndarray, **parts: np.ndarray) -> Typicality:
    fitted = Typicality.fit(PartScores(np.zeros(len(logits), dtype=np.int64), logits, **parts))
    assert fitted is not None
    return fitted


def apply(typicality: Typicality, logits: np.ndarray, read: tuple[str, ...] = WHOLE) -> np.ndarray:
    return typicality.apply(logits, [read] * len(logits))


def test_it_is_uniform_on_new_papers_of_the_kind_and_small_on_others() -> None:
    fitted = fit(make_logits(4000, 0))
    shares = apply(fitted, make_logits(4000, 1))
    for share in (0.02, 0.05, 0.5, 0.9):
        assert (shares < share).mean() == pytest.approx(share, abs=0.02)
    assert (apply(fitted, make_logits(4000, 2, strength=1.0)) < 0.02).mean() > 0.9


def test_whoever_rules_out_more_is_never_less_typical_and_nothing_is_impossible() -> None:
    fitted = fit(make_logits(1000, 0))
    shares = apply(fitted, np.linspace(0.0, 50.0, 300)[:, None] * np.eye(20)[0])
    assert (np.diff(shares) >= 0).all()
    assert shares[0] == pytest.approx(LEAST) and shares[-1] == 1.0


def test_the_temperature_of_a_bundle_is_kept_and_is_3_where_it_states_none() -> None:
    fitted, logits = fit(make_logits(1000, 0)), make_logits(50, 1)
    again = Typicality.model_validate(fitted.to_dict())
    assert apply(again, logits).tolist() == apply(fitted, logits).tolist()
    older = Typicality.model_validate({k: v for k, v in fitted.to_dict().items() if k != "temperature"})
    stated = fitted.model_copy(update={"temperature": 3.0})
    assert older == stated and apply(older, logits).tolist() == apply(stated, logits).tolist()
    assert (apply(older, logits) > apply(fitted, logits)).any()  # ranks of another temperature do not fit


def test_what_is_added_to_all_logits_changes_nothing() -> None:
    logits = make_logits(1000, 0)
    np.testing.assert_allclose(apply(fit(logits), logits + 7.0), apply(fit(logits), logits), atol=1e-6)


@pytest.mark.parametrize("scale", [0.0, 0.1, 1e-3, 1e3])
def test_papers_that_all_look_alike_are_typical(scale: float) -> None:
    """As of a baseline whose scores are the same for all papers; those of validation papers are float32."""
    logits = scale * np.array([[0.7, 0.2, 0.1]])
    assert apply(fit(np.tile(logits, (300, 1)).astype(np.float32)), logits).tolist() == [1.0]


def test_each_kind_of_paper_is_compared_with_its_own() -> None:
    short = make_logits(1000, 1, strength=1.0)
    short[500:] = np.nan  # these have no title
    fitted = fit(make_logits(1000, 0), title=short)
    assert apply(fitted, short[:500], ("title",)).mean() == pytest.approx(0.5, abs=0.02)
    assert apply(fitted, short[:500]).mean() < 0.1
    mixed = fitted.apply(short[:2], [WHOLE, ("title",)])
    assert mixed[0] < mixed[1]


def test_nothing_is_said_of_a_kind_of_which_there_were_few() -> None:
    titles = make_logits(1000, 1)
    titles[199:] = np.nan
    fitted = fit(make_logits(1000, 0), abstract=titles)
    assert np.isnan(apply(fitted, titles[:3], ("abstract",))).all()
    assert np.isnan(apply(fitted, titles[:3], ("title",))).all()


def test_few_papers_say_nothing() -> None:
    assert Typicality.fit(PartScores(np.zeros(199, dtype=np.int64), make_logits(199, 0))) is None


def test_it_comes_back_from_json() -> None:
    fitted = fit(make_logits(300, 0))
    assert Typicality.from_dict(fitted.to_dict()) == fitted
