# The two commands of the README are `make up` and `make test`; `make` alone lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help up down clean test check check-types check-rest docs bench figures replay venv lock

unexport PYTHONDONTWRITEBYTECODE # some containers set it: each of a thousand processes would compile all of our code again
PYTHON ?= python3
BIN := .venv/bin
CODE := $(wildcard plugins dags infra tests docs)
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"
FONTS := --exclude-newer-package manimgx-fonts=2026-11-24 --exclude-newer-package manimgx-fonts-cjk=2026-11-24

BUILD_DOCS := $(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --doctree-dir .local/doctrees docs plugins/recordroom/web/help

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

up: docs ## set up and start everything on this machine, with a demonstration
	@$(BIN)/python -m infra.local.commands.up

down: .venv/ready ## stop everything; the state stays
	@$(BIN)/python -m infra.local.commands.down

clean: .venv/ready ## stop everything and remove all local state, after a question (CONFIRM=yes: without)
	@$(BIN)/python -m infra.local.commands.down --clean

# ARGS, PLATFORM, and TIER choose the tests; `make check` has already run those of the documents.
CHOSEN := $(or $(ARGS),--ignore=tests/test_docs.py $(if $(PLATFORM),--platform=$(PLATFORM),--tier=$(or $(TIER),quick)))

test: check ## make check, then the quick tests (TIER=all: every test; PLATFORM=vimeo: every test of one platform; ARGS="tests/capture -k edit")
	@$(BIN)/python -m infra.local.commands.debian
	$(BIN)/pytest --numprocesses=$$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist=loadfile --no-loadscope-reorder $(CHOSEN)

check: .venv/ready ## ruff, mypy, layers of imports, the documents' commands and examples; needs no service
	@$(MAKE) --no-print-directory --jobs=2 --output-sync check-types check-rest

check-types: .venv/ready
	$(BIN)/mypy $(CODE)

check-rest: .venv/ready
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/lint-imports
	$(BUILD_DOCS)
	$(BIN)/pytest --quiet tests/test_docs.py

docs: .venv/ready ## build the documents into the room's help pages
	@$(BIN)/python -m docs.generate
	@$(BUILD_DOCS)

replay: .venv/ready ## replay the recorded stories: do connectors and captures still make the same records? (ARGS="--platform vimeo")
	@PYTHONPATH=schemas/format $(BIN)/python -m tests.capture.everywhere.recorded_stories replay $(ARGS)

bench: .venv/ready ## is it quick enough, and small in memory? (ROWS=100000: a smaller one; ONLY=parse,index: some measures)
	@$(BIN)/python -m tests.bench

figures: .venv/ready ## put the last figures of `make bench` at each size into docs/reference/performance.json
	@$(BIN)/python -m tests.bench.publish

venv: .venv/ready ## install everything that Python needs into .venv

.venv/ready: requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "recordroom needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) --version). Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || \
		{ echo "$(PYTHON) cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into .venv ..."; date +%s > .venv/started
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r <(sed -n '/^uv==/,/# via/p' requirements-dev.txt)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.txt requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-index --no-build-isolation --editable .
	@echo "Installed in $$(($$(date +%s) - $$(cat .venv/started))) s"; mv .venv/started $@

# The first cut-off is one day after Airflow's release: newer packages break it, but for fonts, which are data. The second lets newer tools in, held to the first's versions.
lock: .venv/ready ## compile requirements*.in into the hashed requirements*.txt
	$(COMPILE) --exclude-newer 2026-09-18 $(FONTS) requirements.in --output-file requirements.txt
	$(COMPILE) --exclude-newer 2026-11-24 requirements-dev.in --output-file requirements-dev.txt
