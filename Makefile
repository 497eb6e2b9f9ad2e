# Two commands matter to a newcomer: `make run` and `make test`. `make help` lists the others.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export SOURCIER_DATA_DIR ?= $(CURDIR)/.sourcier
EXAMPLE_QUESTION ?= Combien de jours par semaine un salarié à temps plein peut-il télétravailler ?
# Each worker has its own PostgreSQL, model and application; a file's tests stay together, since they share them.
TEST_WORKERS ?= 3
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help run example setup ui test check unit slow model clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

run: setup model ui ## Set everything up, load the examples once, answer one question, serve http://127.0.0.1:8000
	@$(BIN)/python deploy/run_examples.py "$(EXAMPLE_QUESTION)"

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "installing Python packages (a few minutes, once) …"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else "Sourcier needs Python 3.11 or 3.12.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || (echo "Python's venv module is missing: apt-get install python3-venv"; exit 1)
	@$(PIP_INSTALL) --no-deps --requirement requirements.lock
	@$(PIP_INSTALL) --no-deps --editable .
	@touch $@

setup: $(VENV)/.installed ## Make the virtual environment.

model: setup ## Prepare the default embedding model (once).
	@test -f "$(SOURCIER_DATA_DIR)/models/multilingual-e5-small-int8/model.onnx" || $(BIN)/sourcier setup

UI_SOURCES := $(shell find ui -path ui/node_modules -prune -o -type f -print 2>/dev/null)
ui: api/sourcier_api/static/index.html ## Build the page (needs Node.js 20 or newer).

api/sourcier_api/static/index.html: $(UI_SOURCES)
	@if command -v npm >/dev/null 2>&1; then \
	  echo "building the page …" && cd ui && npm ci --silent --no-audit --no-fund && npm run --silent build && touch ../$@; \
	else \
	  echo "Node.js is not installed: the page is not built; the API and the command line work."; \
	  echo "To get it: install Node.js 20 or newer (Debian: apt-get install nodejs npm), then run make ui."; \
	fi

$(VENV)/.installed-development: requirements-development.lock $(VENV)/.installed
	@echo "installing the tools of the tests …"
	@$(PIP_INSTALL) torch==2.13.0
	@$(PIP_INSTALL) --no-deps --requirement requirements-development.lock
	@touch $@

test: $(VENV)/.installed-development model ui check unit ## Set everything up and run the checks and the tests (under 15 minutes on 2 cores).

check: $(VENV)/.installed-development
	@$(BIN)/ruff check core ingest retrieval api evaluation tests deploy
	@$(BIN)/ruff format --check --quiet core ingest retrieval api evaluation tests deploy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/pyright
	@$(BIN)/python tests/check_sizes.py

unit: $(VENV)/.installed-development
	@$(BIN)/pytest -m "not slow" --numprocesses=$(TEST_WORKERS) --dist=loadfile

slow: $(VENV)/.installed-development model ui ## The tests that take minutes.
	@$(BIN)/pytest -m slow

clean: ## Remove the environment and builds; documents and answers in .sourcier stay.
	rm -rf $(VENV) ui/node_modules api/sourcier_api/static
