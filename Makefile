# Two commands: `make dataset` builds the sample release, `make test` proves the clone. GNU make 3.81 is enough.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
SETTINGS := export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore;
# Where Python comes without ensurepip, the pip outside serves the environment.
PIP := if [ -x $(BIN)/pip ]; then pip="$(BIN)/python -m pip"; else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; $$pip

.PHONY: dataset setup test test-full bench lint types pytest accuracy accuracy-scans release-counts docs lock test-packages clean

dataset: setup
	@$(BIN)/gongkai build

setup: .venv/.stamp-clone

.venv/.stamp-python:
	@[ -n "$(PYTHON)" ] || { echo "gongkai needs Python 3.11 to 3.14; set PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -m venv --clear .venv >/dev/null 2>&1 || $(PYTHON) -m venv --without-pip --clear .venv
	@touch $@

.venv/.stamp-locked: .venv/.stamp-python requirements.lock
	@echo "installing the locked dependencies into .venv (a few minutes the first time)" >&2
	@$(SETTINGS) $(PIP) install -qq --progress-bar off --require-hashes -r requirements.lock
	@touch $@

.venv/.stamp-clone: .venv/.stamp-locked pyproject.toml
	@$(SETTINGS) $(PIP) install -qq --progress-bar off --no-deps --no-build-isolation -e .
	@touch $@

test: setup lint types pytest

lint: setup
	@echo "ruff check and format" >&2
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .

types: setup
	@echo "mypy" >&2
	@$(BIN)/mypy --no-error-summary

# A file's tests share what was made for them, so a file stays with one process; in the order of names the longest come early.
pytest: setup test-packages
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

# What is too slow for make test, one at a time, each with its time.
test-full: setup test-packages
	@$(BIN)/python -m pytest -q -m slow --durations=0 --durations-min=1

# Every figure of docs/benchmarks.md (half an hour on two cores); fewer reports: make bench REPORTS=2000.
REPORTS ?= 50000
bench: setup
	@$(BIN)/python -m tests.bench --folder data/bench --reports $(REPORTS) --write

test-packages:
	@sh .ci/test-packages

# How right the reader is: typeset defects by kind, then the sample release cell by cell.
accuracy: dataset
	@$(BIN)/python -m tests.accuracy_kinds
	@$(BIN)/python -m tests.accuracy

# Typeset scans, class by class, against their figures (half an hour on two cores); kept in tests/baseline/scans.csv.
accuracy-scans: setup test-packages
	@$(BIN)/python -m tests.accuracy_scans --write

# What the sample release holds, by table, province and year; kept in tests/baseline/release.csv.
release-counts: setup
	@$(BIN)/python -m tests.release_counts --write

# The pages in docs/ as one site with a search, in build/docs; a link that leads nowhere is an error.
docs: setup
	@$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "build/docs/index.html"

# The lock names no host; every version carries its hashes, and markers for Python 3.11 to 3.14.
lock:
	@uv=$$(command -v $(BIN)/uv || command -v uv) || { \
		echo "make lock needs uv: $(BIN)/python -m pip install uv" >&2; exit 2; }; \
	$$uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --all-extras \
		--no-emit-index-url --no-emit-find-links -o requirements.lock pyproject.toml

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache
