"""How near the packaged network comes to what one core can do: its operations and bytes, and the limits.

    python bench/roofline.py ../shared/data/arxiv_all.parquet [--model BUNDLE] [--papers 8192] [--rounds 5]
        [--out record.json]

Operations and bytes are counted of the graph that ONNX Runtime makes of `model.onnx`, for a batch of papers
of mean length. The limits are measured on one thread: a product of large matrices in single precision, and
copies of arrays that fit in a cache, or in memory alone. The network is timed on real papers in the batches
of `arxonomy bulk`, by turns with that command and with its start, which is what one paper costs.

Source: Williams et al. 2009, "Roofline: an insightful visual performance model", doi:10.1145/1498765.1498785.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from bulk_cost import make_command, write_papers
from processes import describe_machine, run, run_apart
from threadpoolctl import threadpool_limits

from arxonomy.artifacts.bundle import Bundle, find_packaged_bundle
from arxonomy.atomic import hash_file, write_atomic
from arxonomy.inference.classifier import WINDOW
from arxonomy.models.onnx_backend import OnnxBackend
from arxonomy.records import Paper
from arxonomy.runtime import import_onnxruntime
from arxonomy.text import Encoder, collate, make_length_batches

OUTPUTS = ["logits", "listed_logits"]
BYTES = {"float": 4, "float16": 2, "double": 8, "int64": 8, "int32": 4, "int8": 1, "uint8": 1, "bool": 1}
VIEWS = {"Reshape", "Squeeze", "Unsqueeze", "Identity", "Flatten", "Shape"}
"""Operators that move and compute nothing."""
PRODUCTS = ("MatMul", "Gemm", "Conv", "LSTM")
"""Operators, and what they are fused of, that multiply matrices."""

Array = Mapping[str, list[int]]
"""An array's type and shape, as ONNX Runtime states them."""
Batch = Mapping[str, np.ndarray]


class Cost(NamedTuple):
    """What an operator costs."""

    operations: int
    """Multiplications and additions of matrix products, or one for each number that comes out."""
    bytes: int
    """Of its inputs and outputs."""


def count_cost(kind: str, inputs: Sequence[Array], outputs: Sequence[Array]) -> Cost:
    """Count the cost of an operator, from the types and shapes of its inputs and outputs.

    >>> count_cost("MatMul", [{"float": [2, 3]}, {"float": [3, 5]}], [{"float": [2, 5]}])
    Cost(operations=60, bytes=124)
    """
    if kind in VIEWS:
        return Cost(0, 0)
    shapes = [shape for given in inputs for shape in given.values()]
    (out,) = outputs[0].values()
    operations = math.prod(out)
    if "LSTM" in kind:  # (T, B, D) -> (T, directions, B, H)
        units = out[3]
        operations = 2 * math.prod(out) * 4 * (shapes[0][2] + units)
    elif "Conv" in kind:  # filters (F, C, ...)
        operations = 2 * math.prod(out) * math.prod(shapes[1][1:])
    elif any(product in kind for product in PRODUCTS):  # (..., M, K) -> (..., M, N)
        operations = 2 * math.prod(shapes[0]) * out[-1]
    written = sum(count_bytes(given) for given in outputs)
    # Of a table only the rows are read that are looked up.
    read = written + count_bytes(inputs[1]) if kind == "Gather" else sum(map(count_bytes, inputs))
    return Cost(operations, read + written)


def count_bytes(given: Array) -> int:
    """Bytes of an array."""
    return sum(BYTES[kind] * math.prod(shape) for kind, shape in given.items())


def profile(graph: Path, batches: Sequence[Batch], **entries: str) -> list[dict[str, Any]]:
    """Run batches on one thread, as `OnnxBackend` does, and list what ONNX Runtime says of each operator.

    Args:
        graph: `model.onnx`.
        batches: Inputs.
        entries: Further settings of the session.
    """
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as folder:
        onnxruntime = import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_mem_pattern = False
        options.log_severity_level = 4
        options.enable_profiling = True
        options.profile_file_prefix = f"{folder}/profile"
        for name, value in entries.items():
            options.add_session_config_entry(f"session.{name}", value)
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        for batch in batches:
            session.run(OUTPUTS, dict(batch))
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    return [event for event in events if event.get("cat") == "Node" and "op_name" in event["args"]]


def count_graph(graph: Path, batch: Batch) -> dict[str, int]:
    """Count the operations and bytes of a paper, and the operators."""
    # Without packing, weights are among the inputs that are stated.
    events = [event["args"] for event in profile(graph, [batch], disable_prepacking="1")]
    totals: Counter[str] = Counter()
    for event in events:
        kind = event["op_name"]
        cost = count_cost(kind, event["input_type_shape"], event["output_type_shape"])
        multiplies = any(product in kind for product in PRODUCTS)
        totals["operations_of_products" if multiplies else "other_operations"] += cost.operations
        totals["bytes_of_rows"] += cost.bytes * (kind == "Gather")
        totals["bytes_between_operators"] += cost.bytes
    papers = len(batch["title_ids"])
    return {name: round(total / papers) for name, total in totals.items()} | {"operators": len(events)}


def share_time(graph: Path, batches: Sequence[Batch]) -> dict[str, float]:
    """Share of the time in each kind of operator, the largest first; those below 1% together."""
    spent: Counter[str] = Counter()
    for event in profile(graph, batches):
        spent[event["args"]["op_name"]] += event["dur"]
    whole = spent.total()
    shares = {kind: round(time / whole, 4) for kind, time in spent.most_common() if time >= whole / 100}
    return {**shares, "others": round(1 - sum(shares.values()), 4)}


def time_best(work: Callable[[], object], repeats: int) -> float:
    """Processor seconds of the fastest of several repeats; the others were disturbed."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def measure_limits() -> dict[str, float]:
    """Measure what one thread of this machine can compute and copy at most."""
    with threadpool_limits(1):
        one = np.random.default_rng(0).random((2048, 2048), dtype=np.float32)
        product = np.empty_like(one)
        flops = 2 * len(one) ** 3 / time_best(lambda: np.matmul(one, one, out=product), 5)
    small, small_copy = np.ones(2**16, dtype=np.float32), np.empty(2**16, dtype=np.float32)
    repeats = 10_000
    in_cache = time_best(lambda: [np.copyto(small_copy, small) for _ in range(repeats)], 5)
    large, large_copy = np.ones(2**28, dtype=np.float32), np.zeros(2**28, dtype=np.float32)
    in_memory = time_best(lambda: np.copyto(large_copy, large), 5)
    return {
        "gflops": round(flops / 1e9, 1),
        "cache_gb_per_second": round(repeats * 2 * small.nbytes / in_cache / 1e9, 1),
        "memory_gb_per_second": round(2 * large.nbytes / in_memory / 1e9, 1),
    }


def encode_batches(bundle: Bundle, papers: Path, size: int) -> list[Batch]:
    """Read papers as the network does, in the batches that `arxonomy bulk` makes of them."""
    encoder = Encoder(bundle.vocabulary(), bundle.text)
    encoded = [encoder.encode(Paper(*row.values())) for row in pq.read_table(papers).to_pylist()]
    windows = [encoded[start : start + WINDOW] for start in range(0, len(encoded), WINDOW)]
    return [collate([own[i] for i in batch]) for own in windows for batch in make_length_batches(own, size)]


def time_network(bundle: Bundle, papers: Path) -> float:
    """Processor seconds of the network alone, for all papers."""
    backend = OnnxBackend(bundle.graph, threads=1)
    batches = encode_batches(bundle, papers, backend.batch_size)
    return time_best(lambda: [backend.run(batch, OUTPUTS) for batch in batches], 1)


def describe_network(bundle: Bundle, papers: Path) -> dict[str, Any]:
    """Operations, bytes and shares of time of the network."""
    size = OnnxBackend(bundle.graph, threads=1).batch_size
    batches = encode_batches(bundle, papers, size)
    count = sum(len(batch["title_ids"]) for batch in batches)
    means = {name: sum(np.count_nonzero(batch[name]) for batch in batches) / count for name in batches[0]}
    mean_batch = {name: np.full((size, round(mean)), 2, dtype=np.int64) for name, mean in means.items()}
    return {
        "batch": size,
        "mean_tokens": {name.removesuffix("_ids"): round(mean, 1) for name, mean in means.items()},
        "paper": count_graph(bundle.graph, mean_batch),
        "share_of_time": share_time(bundle.graph, batches),
    }


def main() -> None:
    """Measure, print, and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="Parquet file of papers")
    parser.add_argument("--model", type=Path, help="an exported model (default: the packaged one)")
    parser.add_argument("--papers", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="also write the numbers here, as JSON")
    arguments = parser.parse_args()
    machine, count = describe_machine(), arguments.papers
    bundle = Bundle(arguments.model or find_packaged_bundle())
    seconds: dict[str, list[float]] = {"network": [], "start": [], "bulk": []}
    with tempfile.TemporaryDirectory(prefix="arxonomy-") as temporary:
        folder = Path(temporary)
        files = run_apart(write_papers, arguments.data, {1, count}, folder)
        for number in range(arguments.rounds):
            seconds["network"].append(run_apart(time_network, bundle, files[count]))
            for name, papers in (("start", 1), ("bulk", count)):
                command = make_command("bulk", bundle.folder, files[papers], folder / f"{name}-{number}")
                seconds[name].append(run(command).processor_seconds)
        described = run_apart(describe_network, bundle, files[count])
    record = {
        "command": f"python bench/roofline.py {arguments.data.name} --papers {count} "
        f"--rounds {arguments.rounds}",
        "data_sha256": hash_file(arguments.data),
        "model_sha256": bundle.manifest.sha256,
        "machine": machine,
        "papers": count,
        "limits": run_apart(measure_limits),
        "processor_seconds": {name: [round(one, 3) for one in own] for name, own in seconds.items()},
        **described,
    }
    print(json.dumps(record, indent=1))
    if arguments.out:
        write_atomic(arguments.out, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
