"""Classify a file of papers with a pipeline of scikit-learn.

python run_linear_svm.py PIPELINE.joblib PAPERS.parquet OUT.parquet
"""

import sys

import joblib
import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema({"id": pa.string(), "category": pa.string()})


def main(model: str, papers: str, out: str) -> None:
    """Read, predict and write."""
    pipeline = joblib.load(model)
    with pq.ParquetWriter(out, SCHEMA) as writer:
        for batch in pq.ParquetFile(papers).iter_batches(10_000, columns=["id", "title", "abstract"]):
            ids, titles, abstracts = (column.to_pylist() for column in batch.columns)
            texts = [f"{title}\n{abstract}" for title, abstract in zip(titles, abstracts, strict=True)]
            writer.write_table(pa.table([ids, pipeline.predict(texts)], schema=SCHEMA))


if __name__ == "__main__":
    main(*sys.argv[1:])
