# Every verb sets up what it needs inside this checkout; run twice, it does no work twice.
PYTHON ?= python3
BIN := .venv/bin
export LANTAI_HOME ?= $(CURDIR)/var
# Every process would compile the whole house again where the machine forbids to keep what is compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run demo test tests fast lint bench soak shots reference zipapp lock clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.ok: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.dev: requirements-dev.lock .venv/.ok
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

.venv/.s3: tests/s3/requirements.lock .venv/.ok
	test -x .venv/s3/bin/python || $(PYTHON) -m venv .venv/s3
	.venv/s3/bin/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r tests/s3/requirements.lock
	touch $@

.venv/.words: .venv/.ok $(wildcard src/lantai/locale/*/LC_MESSAGES/*.po)
	$(BIN)/python -m babel.messages.frontend -q compile --use-fuzzy -d src/lantai/locale -D django
	touch $@

setup: .venv/.ok .venv/.words

run: setup ## set up, make the sample district the first time, serve http://127.0.0.1:8000
	$(BIN)/lantai init
	$(BIN)/lantai demo
	$(BIN)/lantai serve

demo: setup ## the main job on the sample district, without a server; prints what happened
	$(BIN)/lantai --home $(CURDIR)/var/demo demo --fresh

lint: .venv/.dev .venv/.words
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m lantai.site.reference --check

fast: .venv/.dev .venv/.words .venv/.s3 ## the tests that take seconds
	$(BIN)/python -m pytest -m "not slow and not browser" -n 2

test: .venv/.dev .venv/.words .venv/.s3 ## every check that CI runs: lint and tests side by side
	$(MAKE) --no-print-directory -j2 lint tests

tests: .venv/.dev .venv/.words .venv/.s3
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --durations=25

soak: .venv/.dev .venv/.words ## the tests of endurance at their full length: about an hour
	LANTAI_SOAK=1 $(BIN)/python -m pytest tests/withstand -m slow --durations=10

bench: .venv/.dev .venv/.words ## benchmarks with floor and peer in the same run; writes bench/results.json
	$(BIN)/python -m bench

shots: .venv/.dev .venv/.words ## screenshots of every page at 1280 and 360 pixels, into shots/
	$(BIN)/python -m tests.shots

reference: setup ## write docs/reference/ anew from the code
	$(BIN)/python -m lantai.site.reference

zipapp: setup ## one file for a clerk's own PC that builds and checks packages: dist/lantai-package.pyz
	$(BIN)/python -m lantai.cli.portable.making dist/lantai-package.pyz

lock: ## maintainers: write the locks anew (needs uv)
	uv pip compile pyproject.toml --generate-hashes --no-header --python-version 3.11 -o requirements.lock
	uv pip compile pyproject.toml --group dev --generate-hashes --no-header --python-version 3.11 -o requirements-dev.lock

clean: ## remove what the verbs made, except var/
	rm -rf .venv dist src/*.egg-info .mypy_cache .ruff_cache .hypothesis
