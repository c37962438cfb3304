"""Very many papers on one machine or a cluster: files in, a folder of Parquet out, resumable at any time.

plan.py      the inputs cut into shards, and all that answers depend on: `manifest.json`
folder.py    the folder that is written: its files, its locks, what is done already
shards.py    one shard: papers -> Parquet, its bad records, its marker
workers.py   processes that are given shards, and are replaced when they die
ray.py       the same with the processes of a Ray cluster
bulk.py      all of the above: `classify_files`
"""

from arxonomy.bulk.bulk import BulkSummary, Share, classify_files
from arxonomy.bulk.folder import OutputFolder, ShardMarker
from arxonomy.bulk.plan import Options, Plan, Shard, make_plan
from arxonomy.bulk.workers import Done, Event, Failed, ModelSource, Progress, Retried

__all__ = [
    "BulkSummary",
    "Done",
    "Event",
    "Failed",
    "ModelSource",
    "Options",
    "OutputFolder",
    "Plan",
    "Progress",
    "Retried",
    "Shard",
    "ShardMarker",
    "Share",
    "classify_files",
    "make_plan",
]
