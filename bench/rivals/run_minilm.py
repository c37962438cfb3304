"""Compute sentence vectors of a file of papers; a head on them would come on top.

python run_minilm.py MODEL_FOLDER PAPERS.parquet OUT.parquet
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
from sentence_transformers import SentenceTransformer


def main(model: str, papers: str, out: str) -> None:
    """Read, encode and write."""
    transformer = SentenceTransformer(model, device="cpu", local_files_only=True)
    ids, titles, abstracts = (
        column.to_pylist() for column in pq.read_table(papers, columns=["id", "title", "abstract"]).columns
    )
    texts = [f"{title}\n{abstract}" for title, abstract in zip(titles, abstracts, strict=True)]
    vectors = transformer.encode(texts, show_progress_bar=False)
    pq.write_table(pa.table({"id": ids, "vector": list(vectors)}), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
