"""What lies on disk: the folders that training and export leave, and how they are read back.

run.py          a run folder: what training leaves
validation.py   its `validation.safetensors`, which calibrations are fitted to
kept_papers.py  its `kept_papers.safetensors`: validation papers to compare packed weights on
epochs.py       one line of its `epochs.jsonl`
bundle.py       a bundle: what ships; refuses one that is damaged
facts.py        the contents of `run.json` and `bundle.json`, typed
origin_facts.py what they say about the run before a run, its teachers and unlabeled papers
own_taxonomy.py  a user's own hierarchy of the categories, in a run or a bundle
seen.py         a run's `seen.safetensors`: digests of the papers that it has seen
teacher_answers.py  a run's `teacher.safetensors`: what its teachers answered
calibration_facts.py  what they say about a calibration
json_object.py  `Facts`: a JSON object that is written once and read often
hub.py          bundles on the Hugging Face Hub: downloaded by `hf://owner/name@commit`, and uploaded
installed.py    where models live, and which one is in use
saved_model.py  a run or a bundle, opened alike: `open_model(path) -> SavedModel`
old_names.py    keys and files of runs and bundles from before the product was renamed
checkpoint.py   model, optimizer and progress of a run that can be resumed
tensors.py      PyTorch tensors <-> the bytes of a safetensors file
weights.py      how a bundle stores a network's tensors: float32 or compact
network_features.py  the network that a baseline reads by
networks.py     a run or a bundle -> its network
baselines.py    a run or a bundle of a baseline <-> the fitted baseline
"""
