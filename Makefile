# `make help` lists the commands. Each sets up .venv by itself, from the locked requirements.
# Options: PYTHON=python3.12 (which Python .venv is made of), COURSE_PROFILE=mini|class|full,
# COURSE_DATA=folder (public corpora), COURSE_SEED=2 (another seed), PART=1-rnns (one part),
# COURSE_SET="corpus=ud-telugu-mtg epochs=20" (other entries in the table of the profile),
# COURSE_CHECKPOINTS=folder (long trainings go on where they were stopped).

VENV    := .venv
PY      := $(VENV)/bin/python
READY   := $(VENV)/.ready
PART    ?=
PYTHON  ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python3.10,\
             $(shell $(p) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' \
             2>/dev/null && echo $(p))))
UV      := $(shell command -v uv 2>/dev/null)
GPU     := $(shell nvidia-smi -L >/dev/null 2>&1 && echo requirements-gpu.txt)
LOCKS   := $(if $(GPU),$(GPU),requirements.txt)

# Files of tests and notebooks run side by side, at most four: each takes about 1.5 GB. Each has one
# thread; with several, they would wait for each other most of the time. Stored outputs are made so,
# too: a sum has other last digits if two threads share it.
WORKERS := --numprocesses logical --maxprocesses 4 --dist loadfile
ALONE   := TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1

export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run lab test data corpora check grade solutions release record readme benchmark \
  lock clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /|/' | \
	  while IFS='|' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

# An interrupted set-up leaves no .ready, and the next command goes on where it stopped. Compiled
# once, or each process may compile TensorFlow anew: 20 seconds of an import instead of 7.
$(READY): requirements.txt requirements-gpu.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.10 to 3.13 found. Install one, or name it:" \
	  "make $(MAKECMDGOALS) PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON)$(if $(UV), and uv,) from $(LOCKS)" \
	  "(once; about 2.6 GB, a few minutes) ..."
ifneq ($(UV),)
	@uv venv --quiet --allow-existing --python "$(PYTHON)" $(VENV)
	@uv pip install --quiet --python $(PY) --compile-bytecode --require-hashes $(LOCKS:%=-r %)
	@uv pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
else
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes $(LOCKS:%=-r %)
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	  --editable .
endif
	@touch $(READY)

run: $(READY) ## execute the lectures: a table of what they found, a page each in build/html
	@$(PY) -m utils.run lectures/$(PART)

# nbgrader's formgrader needs the course's folder as root, and finds `alembic` by its name.
lab: $(READY) ## open the lectures in JupyterLab
	@PATH="$(abspath $(VENV)/bin):$$PATH" jupyter lab --ServerApp.root_dir=. \
	  --LabApp.default_url=/lab/tree/lectures/$(PART)

test: $(READY) ## all tests: helpers, data, release, and every notebook with its results
	@echo "== 1/3 helpers, data, release, notebook rules"
	@$(ALONE) $(PY) -m pytest $(WORKERS) tests
	@echo "== 2/3 lectures: given cells run, exercises fail as stubs"
	@$(ALONE) $(PY) -m pytest $(WORKERS) --nbval-lax lectures
	@echo "== 3/3 solutions: every cell runs and gives its stored output"
	@$(ALONE) $(PY) -m pytest $(WORKERS) --nbval solutions --nbval-sanitize-with tests/nbval_sanitize.cfg

data: $(READY) ## show every corpus and where it was found; FETCH="name ..." downloads
	@$(PY) -m utils.corpora $(if $(FETCH),--fetch $(FETCH))

corpora: $(READY) ## write the embedded corpora again, from the grammar
	@$(PY) -m utils.grammar --out data/everyday
	@$(PY) -m utils.grammar.numbers --out data/numbers

check: $(READY) ## for students: what is left to do in NOTEBOOK=lectures/...ipynb, with points
	@$(PY) -m utils.grading.check "$(NOTEBOOK)"

grade: $(READY) ## grade PART=1-rnns SUBMISSIONS=folder-or-zip in a sandbox; OPTIONS="--lms FILE"
	@$(PY) -m utils.grading "$(PART)" "$(SUBMISSIONS)" $(OPTIONS)

solutions: $(READY) ## execute the solutions again and store their outputs
	@$(ALONE) $(PY) -m utils.run --inplace solutions/$(PART)

release: $(READY) ## make lectures/ from solutions/
	@$(ALONE) $(PY) -m utils.grading.release $(PART)

record: $(READY) ## execute the solutions and add their figures to data/results/runs.jsonl
	@COURSE_RESULTS=data/results/runs.jsonl $(PY) -m utils.run solutions/$(PART)

readme: $(READY) ## bring the README's table up to date with the recorded figures
	@$(PY) -m utils.readme

benchmark: $(READY) ## measure speed and memory beside Keras (and PyTorch, where installed)
	@$(PY) -m utils.benchmark --sweep

lock: ## resolve pyproject.toml into the locked requirements (needs uv)
	@uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header pyproject.toml --output-file requirements.txt
	@sed 's/ *\\$$//; /--hash/d' requirements.txt > requirements.pinned
	@uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --constraint requirements.pinned \
	  --extra gpu pyproject.toml --output-file requirements-gpu.txt
	@rm requirements.pinned

clean: ## remove .venv and everything that was built
	@rm -rf $(VENV) build *.egg-info .pytest_cache .hypothesis
