"""Classify a file of papers with the network of a bundle as a module of PyTorch, in the plainest way.

python run_network.py BUNDLE PAPERS.parquet OUT.parquet

Papers become word ids by our code, since the network knows no others. Batches are in the order of the file.
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch.nn.utils.rnn import pad_sequence

from arxonomy.artifacts.bundle import Bundle
from arxonomy.artifacts.networks import load_network
from arxonomy.records import Paper
from arxonomy.text import Encoder

SCHEMA = pa.schema({"id": pa.string(), "category": pa.string(), "probability": pa.float32()})
BATCH = 32


@torch.inference_mode()
def main(path: str, papers: str, out: str) -> None:
    """Read, predict and write."""
    bundle = Bundle(path)
    network, encoder = load_network(bundle), Encoder(bundle.vocabulary(), bundle.text)
    with pq.ParquetWriter(out, SCHEMA) as writer:
        for batch in pq.ParquetFile(papers).iter_batches(10_000, columns=["id", "title", "abstract"]):
            ids, titles, abstracts = (column.to_pylist() for column in batch.columns)
            encoded = [encoder.encode(Paper(*paper)) for paper in zip(ids, titles, abstracts, strict=True)]
            best, labels = [], []
            for start in range(0, len(encoded), BATCH):
                part = encoded[start : start + BATCH]
                inputs = (
                    pad_sequence([torch.from_numpy(ids).long() for ids in texts], batch_first=True)
                    for texts in ([paper.title for paper in part], [paper.abstract for paper in part])
                )
                logits, _ = network(*inputs)
                probabilities, classes = logits.softmax(dim=1).max(dim=1)
                best += probabilities.tolist()
                labels += [bundle.labels[number] for number in classes.tolist()]
            writer.write_table(pa.table([ids, labels, best], schema=SCHEMA))


if __name__ == "__main__":
    main(*sys.argv[1:])
