"""Where authors' categories are doubted comes from the validation papers, and into the bundle."""

from __future__ import annotations

import numpy as np
import pytest

from arxonomy.artifacts.bundle import find_packaged_bundle
from arxonomy.artifacts.facts import Manifest
from arxonomy.checking import Checker
from arxonomy.evaluation import check_thresholds
from arxonomy.inference import load
from arxonomy.inference.manifest import describe_run


@pytest.mark.slow
def test_a_run_and_its_manifest_have_the_same(
    run_of, invented_papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_thresholds, "MIN_PAPERS", 10)
    run = run_of("arxonomy")
    own, manifest = load(run.folder), describe_run(run, "float32")
    fitted = own.check_thresholds
    assert fitted is not None and fitted == Manifest.model_validate(manifest.to_dict()).check
    assert fitted.papers == 18 and (fitted.papers_with_lists == 18) == own.knows_lists
    papers = [paper for row, paper in enumerate(invented_papers) if row % 5 == 3]  # of validation
    shares = own.probabilities(papers)
    labels = [own.labels.index(paper.category) for paper in papers]
    np.testing.assert_allclose(
        fitted.find_least_probability(0.5), np.median(shares[np.arange(18), labels]), rtol=0.01
    )


def test_the_model_in_the_package_states_its_error_rates() -> None:
    rule = Checker(load(threads=1)).rule
    assert rule.papers == 8000 and 0 < rule.move_below < 0.1 < rule.add_from < 1
    assert rule.later is not None and rule.later.moves < 0.07


def test_a_vote_that_was_combined_while_loading_has_none() -> None:
    packaged = find_packaged_bundle()
    assert load([packaged, packaged], threads=1).check_thresholds is None


@pytest.mark.slow
def test_a_run_with_few_validation_papers_has_none(run_of) -> None:
    assert load(run_of("arxonomy").folder).check_thresholds is None
