"""A baseline's bundle behind the service."""

from __future__ import annotations

from saved_models import PARTS, ROWS, dataset_of

from arxonomy.config import load_recipe
from arxonomy.inference import export_bundle, load
from arxonomy.training.job import TrainingJob
from arxonomy.training.train import train


def test_a_baseline_is_served(start, invented_papers, tmp_path) -> None:
    job = TrainingJob(
        dataset_of(invented_papers), PARTS[ROWS % 5], load_recipe("complement-nb"), tmp_path / "run"
    )
    model = load(export_bundle(train(job).folder, tmp_path / "bundle"))
    paper = {"title": "Pixels", "abstract": "A camera sees an image."}
    with start(model) as live:
        answer = live.client.post("/v1/classify", json={"papers": [paper]}).json()["predictions"][0]
        (expected,) = model.classify([paper])
        assert (answer["category"], answer["read"]) == (expected.category, ["title", "abstract"])
        assert live.client.post("/v1/explain", json=paper).status_code == 200
        described = live.client.get("/v1/model").json()
        assert (described["backend"], described["recipe"]) == ("baseline", "complement-nb")
