"""What `arxonomy classify` costs next to linear models: processor seconds of whole processes.

    python bench/classify_cost.py ../shared/data/arxiv_all.parquet [--model BUNDLE ...] [--papers 16000]
        [--train 20000] [--rounds 3] [--top-k K] [--out record.json]

Every system reads the same Parquet file of titles and abstracts, on one thread, and writes an answer for each
paper; they take turns, and a round runs each once. They are

    linear      scikit-learn's TF-IDF of words and word pairs with LinearSVC, loaded with joblib
    fasttext    fastText with word pairs, where the package is installed
    packaged    the model in the package; JSON lines with all that they hold
    BUNDLE      likewise, each exported model
    ... around  likewise, but the network answers at once with fixed scores: what all the rest costs

The linear models are trained before that, on other papers of the same file, whose label is the primary
category. Ratios are of medians, to `linear`; on a machine that does other work too, only they mean something.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from arxonomy.atomic import hash_file, write_atomic
from arxonomy.inference import load

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
COLUMNS = ["title", "abstract"]
PACKAGES = ("onnxruntime", "pyarrow", "scikit-learn")

READ = """
import sys
import pyarrow.parquet as pq
table = pq.read_table(sys.argv[2], columns=["title", "abstract"])
texts = [f"{title} {abstract}" for title, abstract in zip(*(column.to_pylist() for column in table.columns))]
"""

LINEAR = """
import joblib
print("\\n".join(joblib.load(sys.argv[1]).predict(texts)))
"""

FASTTEXT = """
import re
import fasttext
words = [" ".join(re.findall("[a-z0-9-]+", text.lower())) for text in texts]
print("\\n".join(labels[0] for labels in fasttext.load_model(sys.argv[1]).predict(words)[0]))
"""

AROUND = """
import sys
import numpy as np
from arxonomy.cli import main
from arxonomy.models.onnx_backend import OnnxBackend
scores = np.random.default_rng(0).normal(size=(1, int(sys.argv.pop(1)))).astype(np.float32)
OnnxBackend.run = lambda self, inputs, outputs: (
    [scores.repeat(len(next(iter(inputs.values()))), axis=0)] * len(outputs)
)
main()
"""


def train_linear(texts: Sequence[str], labels: Sequence[str], path: Path) -> None:
    """Train what a first attempt with scikit-learn is."""
    import joblib
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    joblib.dump(make_pipeline(vectorizer, LinearSVC()).fit(texts, labels), path)


def train_fasttext(texts: Sequence[str], labels: Sequence[str], path: Path) -> None:
    """Train fastText; few epochs, since they change nothing of what an answer costs."""
    import fasttext

    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="ascii") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"__label__{label} {' '.join(re.findall('[a-z0-9-]+', text.lower()))}\n")
        file.flush()
        settings = {"dim": 100, "wordNgrams": 2, "bucket": 500_000, "epoch": 3, "thread": 1, "verbose": 0}
        fasttext.train_supervised(file.name, **settings).save_model(str(path))


def measure(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run a command; returns the processor seconds of its whole process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"`{' '.join(command)[-200:]}` failed:\n{said}")
    return usage.ru_utime + usage.ru_stime


def name_model(model: Path) -> str:
    """The ends of its path, since many exported models lie in a folder of the same name."""
    return "/".join(model.parts[-2:])


def make_systems(arguments: argparse.Namespace, folder: Path) -> dict[str, list[str]]:
    """Write the file of papers, train the linear models, and list the command of each system."""
    table = pq.read_table(arguments.data, columns=[*COLUMNS, arguments.label])
    order = np.random.default_rng(0).permutation(table.num_rows)
    papers = str(folder / "papers.parquet")
    pq.write_table(table.take(order[: arguments.papers]).select(COLUMNS), papers)
    train = table.take(order[arguments.papers :][: arguments.train]).to_pydict()
    texts = [f"{title} {abstract}" for title, abstract in zip(*map(train.get, COLUMNS), strict=True)]
    trained = folder / "linear.joblib"
    train_linear(texts, train[arguments.label], trained)
    systems = {"linear": [sys.executable, "-c", READ + LINEAR, str(trained), papers]}
    if importlib.util.find_spec("fasttext"):
        trained = folder / "fasttext.bin"
        train_fasttext(texts, train[arguments.label], trained)
        systems["fasttext"] = [sys.executable, "-c", READ + FASTTEXT, str(trained), papers]
    for model in (None, *arguments.model):
        name = name_model(model) if model else "packaged"
        options = ["classify", papers, "--format", "jsonl", "--threads", "1"]
        options += ["--model", str(model)] if model else []
        options += ["--top-k", str(arguments.top_k)] if arguments.top_k else []
        classes = str(len(load(model).labels))
        systems[name] = [sys.executable, "-m", "arxonomy", *options]
        systems[f"{name} around"] = [sys.executable, "-c", AROUND, classes, *options]
    return systems


def main() -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file of labeled papers")
    parser.add_argument(
        "--model", type=Path, action="append", default=[], help="an exported model, repeatable"
    )
    parser.add_argument("--label", default="primary_category", help="column of the labels")
    parser.add_argument("--papers", type=int, default=16_000, help="papers that are classified")
    parser.add_argument("--train", type=int, default=20_000, help="papers that linear models are trained on")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--top-k", type=int, help="categories of an answer (default: all)")
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    environment = os.environ | dict.fromkeys(THREADS, "1")
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as folder:
        systems = make_systems(arguments, Path(folder))
        seconds: dict[str, list[float]] = {name: [] for name in systems}
        for _ in range(arguments.rounds):
            for name, command in systems.items():
                seconds[name].append(round(measure(command, environment), 2))
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    ratios = {name: round(median / medians["linear"], 3) for name, median in medians.items()}
    for name, median in medians.items():
        per_paper = 1000 * median / arguments.papers
        print(f"{name:24s} {median:7.2f} s  {per_paper:6.3f} ms a paper  {ratios[name]:6.2f} x linear")
    if arguments.out:
        options = "".join(f" --model {name_model(model)}" for model in arguments.model)
        options += f" --top-k {arguments.top_k}" if arguments.top_k else ""
        record = {
            "command": f"python bench/classify_cost.py {arguments.data.name}{options} --papers "
            f"{arguments.papers} --train {arguments.train} --rounds {arguments.rounds}",
            "data_sha256": hash_file(arguments.data),
            "models_sha256": {
                name_model(model): hash_file(model / "bundle.json") for model in arguments.model
            },
            "cores": len(os.sched_getaffinity(0)),
            "versions": {
                "python": platform.python_version(),
                **{
                    name: importlib.metadata.version(name)
                    for name in ("onnxruntime", "pyarrow", "scikit-learn")
                },
            },
            "papers": arguments.papers,
            "processor_seconds": seconds,
            "ratio_to_linear": {
                name: round(median / medians["linear"], 2) for name, median in medians.items()
            },
        }
        write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
