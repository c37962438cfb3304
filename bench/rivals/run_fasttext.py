"""Classify a file of papers with fastText.

python run_fasttext.py MODEL.bin PAPERS.parquet OUT.parquet
"""

import re
import sys

import fasttext
import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema({"id": pa.string(), "category": pa.string(), "probability": pa.float32()})
OTHER = re.compile("[^a-z0-9-]+")


def main(path: str, papers: str, out: str) -> None:
    """Read, predict and write."""
    model = fasttext.load_model(path)
    with pq.ParquetWriter(out, SCHEMA) as writer:
        for batch in pq.ParquetFile(papers).iter_batches(10_000, columns=["id", "title", "abstract"]):
            ids, titles, abstracts = (column.to_pylist() for column in batch.columns)
            texts = [
                OTHER.sub(" ", f"{title} {abstract}".lower())
                for title, abstract in zip(titles, abstracts, strict=True)
            ]
            labels, probabilities = model.predict(texts)
            categories = [label[0].removeprefix("__label__") for label in labels]
            best = [float(probability[0]) for probability in probabilities]
            writer.write_table(pa.table([ids, categories, best], schema=SCHEMA))


if __name__ == "__main__":
    main(*sys.argv[1:])
