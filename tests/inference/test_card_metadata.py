"""The metadata of a card are valid for the Hub, and hold the manifest's numbers and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_server import HubServer
from huggingface_hub import ModelCard, metadata_load
from huggingface_hub.repocard_data import eval_results_to_model_index, model_index_to_eval_results

from arxonomy.artifacts.bundle import find_packaged_bundle, read_manifest
from arxonomy.artifacts.facts import Manifest, RunMetrics
from arxonomy.inference.card_metadata import drop_metadata, format_metadata, make_metadata
from arxonomy.inference.loading import read_card

METRICS = ("accuracy", "f1", "expected_calibration_error")


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return read_manifest(find_packaged_bundle())


def list_numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for own in value.values() for number in list_numbers(own)]
    if isinstance(value, list | tuple):
        return [number for own in value for number in list_numbers(own)]
    return [float(value)] if isinstance(value, int | float) else []


def test_the_packaged_card_has_the_metadata_of_its_manifest(manifest: Manifest) -> None:
    metadata = metadata_load(find_packaged_bundle() / "README.md")
    assert metadata == make_metadata(manifest, "apache-2.0")
    assert {key: metadata[key] for key in ("pipeline_tag", "library_name", "license", "language")} == {
        "pipeline_tag": "text-classification",
        "library_name": "arxonomy",
        "license": "apache-2.0",
        "language": "en",
    }
    assert metadata["tags"] == ["scientific-papers", "arxiv"]
    files = ["arxiv_all.parquet", "arxiv_recent.parquet", "arxiv_archive_2019.parquet"]
    assert metadata["datasets"] == files
    assert tuple(metadata["metrics"]) == METRICS


def test_every_number_is_one_of_the_manifest(manifest: Manifest) -> None:
    metadata = make_metadata(manifest, "unknown")
    assert len(list_numbers(metadata)) == 6
    assert set(list_numbers(metadata)) <= set(list_numbers(manifest.metrics.to_dict()))


def test_the_model_index_goes_through_the_hub_s_own_types_unchanged(manifest: Manifest) -> None:
    index = make_metadata(manifest, "unknown")["model-index"]
    name, results = model_index_to_eval_results(index)
    assert name == "bundled"
    scores = {(own.dataset_split, own.metric_type): own.metric_value for own in results}
    for part in ("test", "validation"):
        expected = manifest.metrics.get_scores(part)
        assert [scores[part, metric] for metric in METRICS] == [
            expected.accuracy.value,
            expected.macro_f1,
            expected.expected_calibration_error.value,
        ]
    assert eval_results_to_model_index(name, results) == index


def test_the_hub_s_validation_accepts_the_card_or_says_why_not(hub: HubServer) -> None:
    card = ModelCard.load(find_packaged_bundle() / "README.md")
    card.validate(repo_type="model")
    assert hub.requests == ["POST /api/validate-yaml"]
    hub.metadata_errors = ['"pipeline_tag" must be a string']
    with pytest.raises(ValueError, match="must be a string"):
        card.validate(repo_type="model")


def test_a_model_without_scores_has_no_model_index(manifest: Manifest, tmp_path: Path) -> None:
    bare = manifest.model_copy(update={"metrics": RunMetrics(), "labels": ("apples", "pears")})
    metadata = make_metadata(bare, "unknown")
    assert "model-index" not in metadata and "metrics" not in metadata
    assert metadata["tags"] == ["scientific-papers"]
    (tmp_path / "README.md").write_text(format_metadata(metadata) + "# A card\n", encoding="utf-8")
    assert metadata_load(tmp_path / "README.md") == metadata


@pytest.mark.parametrize(
    "name", ["---\nlicense: mit\n---", "a: b # c", "é 𝜏 \x1b[31m.csv", "- [x]", "null", "'\""]
)
def test_no_name_of_a_file_can_add_to_the_metadata(manifest: Manifest, name: str, tmp_path: Path) -> None:
    data = manifest.data.model_copy(update={"name": name, "files": ()})
    metadata = make_metadata(manifest.model_copy(update={"data": data}), "unknown")
    card = format_metadata(metadata) + "# A card\n"
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    read = metadata_load(tmp_path / "README.md")
    assert read == metadata and read["license"] == "unknown"
    assert len(read["datasets"]) == 1 and "\x1b" not in card
    assert drop_metadata(card) == "# A card\n"


def test_people_read_the_card_without_its_metadata() -> None:
    assert read_card(find_packaged_bundle()).startswith("# bundled: classifies scientific papers")
    assert drop_metadata("# An older card\n\n---\n\nwith a line\n\n---\n") == (
        "# An older card\n\n---\n\nwith a line\n\n---\n"
    )
