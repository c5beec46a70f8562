# Needs Python >= 3.10, Node >= 20 and git; everything else is installed below this folder.
# `make` lists the targets.  A target that has nothing to do returns at once.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export npm_config_fund := false
export npm_config_audit := false
export npm_config_update_notifier := false

PAGE       := src/limelight/server/static/index.html
UI_SOURCES := $(shell find ui -name node_modules -prune -o -type f -print 2>/dev/null)
INSTALLED  := $(VENV)/.installed
FOR_DEMO   := $(VENV)/.installed-for-demo
MODULES    := ui/node_modules/.package-lock.json
CLIENTS    := $(basename $(notdir $(wildcard tests/clients/*.txt)))
PYRIGHT    := $(VENV)/node/node_modules/.bin/pyright
# Frameworks that are tested in an environment of their own: an old version, or one that will not stand beside the rest.
FRAMEWORKS := $(basename $(notdir $(wildcard tests/frameworks/*.txt)))

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- set-up ------------------------------------------------------------------------------------------

.PHONY: install
install: $(INSTALLED)  ## Create .venv with the pinned development environment

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml constraints.txt tools/require_dashboard.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

# What the demo needs is a ninth of that: whoever wants to look need not wait for the rest.
$(FOR_DEMO): pyproject.toml constraints.txt tools/require_dashboard.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[server,openai,anthropic]'
	@touch $@

# A second type checker, for what users see.  Not its wheel, which fetches this package by itself.
$(PYRIGHT): | $(INSTALLED)
	npm install --no-save --prefix $(VENV)/node --loglevel=error pyright@1.1.407

.PHONY: ui
ui: $(PAGE)  ## Build the dashboard into the package

# Not `npm ci`: it refuses a lock file written where other platforms' optional packages could not be looked up.
# `--no-save` keeps to the lock file and leaves it alone, just the same.
$(MODULES): ui/package.json ui/package-lock.json
	npm install --no-save --prefix ui --loglevel=error
	@touch $@

$(PAGE): $(MODULES) $(UI_SOURCES)
	npm run --prefix ui build
	@touch $@

# ---- use ---------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(or $(wildcard $(INSTALLED)),$(FOR_DEMO)) $(PAGE)  ## Start the server and a sample application that calls a fake provider
	@$(BIN)/limelight demo $(ARGS) || [ $$? -eq 130 ] # Ctrl-C

.PHONY: bench
bench: $(INSTALLED) $(PAGE)  ## Measure what a traced call costs, and the server; print tables
	$(BIN)/python -m bench $(ARGS)

.PHONY: bench-full
bench-full: $(INSTALLED) $(PAGE)  ## The same with a store of 1,000,000 spans as well
	$(BIN)/python -m bench --spans 100000 1000000 $(ARGS)

.PHONY: faults
faults: $(INSTALLED)  ## Measure what each fault of delivery costs; write the table of docs/delivery.md
	$(BIN)/python -m tools.faults $(ARGS)

.PHONY: screenshots
screenshots: $(INSTALLED) $(PAGE)  ## Take the pictures in docs/images from the running demo
	$(BIN)/python tools/screenshots.py $(ARGS)

.PHONY: docs
docs: $(INSTALLED)  ## Renew the tables of the documentation and run every block of it
	$(BIN)/python -m tools.reference
	$(BIN)/python -m pytest tests/docs $(ARGS)

.PHONY: wheel
wheel: $(INSTALLED) $(PAGE)  ## Build the wheel and the sdist into dist/
	$(BIN)/python -m build --no-isolation --outdir dist .

# ---- test --------------------------------------------------------------------------------------------

.PHONY: test
test: $(INSTALLED) $(PAGE)  ## Run the tests (ARGS="-k name" and the like go to pytest)
	$(BIN)/python -m pytest $(ARGS)

.PHONY: check
check: $(INSTALLED) $(PAGE) $(PYRIGHT)  ## Format, lint, types, layers, budgets, and the dashboard's own checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tests/types examples
	$(PYRIGHT)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest --quiet tests/budgets
	npm run --prefix ui --silent check
	npm run --prefix ui --silent budget

.PHONY: format
format: $(INSTALLED)  ## Format and repair what ruff can repair
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

.PHONY: coverage
coverage: $(INSTALLED) $(PAGE)  ## Run the tests; fail below 95 % of the branches that see the user's calls
	$(BIN)/coverage erase
	$(BIN)/python -m pytest --cov --cov-report= $(ARGS)
	$(BIN)/coverage report --fail-under=95 --include='src/limelight/core/*,src/limelight/engine/*,src/limelight/pipeline/*,src/limelight/providers/*'

.PHONY: test-slow
test-slow: $(INSTALLED) $(PAGE)  ## Run the tests marked slow
	$(BIN)/python -m pytest -m slow $(ARGS)

.PHONY: e2e
e2e: $(INSTALLED) $(PAGE)  ## Read the demo's traces in Chromium (needs /usr/bin/chromium)
	$(BIN)/python -m pytest -m e2e tests/e2e $(ARGS)

.PHONY: test-oldest
test-oldest: test-with-oldest  ## Run the conformance suite with the oldest supported clients

.PHONY: test-clients
test-clients: $(addprefix test-with-,$(CLIENTS))  ## Run the conformance suite with every client generation

test-with-%: .venv-%/.installed
	LIMELIGHT_CLIENTS=$* .venv-$*/bin/python -m pytest -m 'not e2e and not corpus' tests/conformance $(ARGS)

# What a lane's file names replaces the version in constraints.txt; the rest of them holds.
define INSTALL_LANE
$(PYTHON) -m venv --clear $(@D)
awk -F '==' 'NR == FNR {own[$$1]; next} !($$1 in own)' $< constraints.txt > $(@D)/constraints.txt
$(@D)/bin/python -m pip install --quiet --constraint $(@D)/constraints.txt --requirement $< --editable '.[test]'
@touch $@
endef

.PRECIOUS: .venv-%/.installed
.venv-%/.installed: tests/clients/%.txt pyproject.toml constraints.txt
	$(INSTALL_LANE)

.PHONY: test-frameworks
test-frameworks: $(addprefix test-framework-,$(FRAMEWORKS))  ## Run the tests of frameworks that need an environment of their own

test-framework-%: .venv-framework-%/.installed
	.venv-framework-$*/bin/python -m pytest tests/frameworks/test_$*.py tests/examples/test_examples.py -k $* $(ARGS)

.PRECIOUS: .venv-framework-%/.installed
.venv-framework-%/.installed: tests/frameworks/%.txt pyproject.toml constraints.txt
	$(INSTALL_LANE)

.PHONY: test-beside
test-beside: .venv-beside/.installed  ## Run the tests beside seven other tracers, in an environment that has them
	.venv-beside/bin/python -m pytest -m beside tests/beside $(ARGS)

.venv-beside/.installed: tests/beside/newest.txt pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear .venv-beside
	.venv-beside/bin/python -m pip install --quiet --constraint constraints.txt --requirement $< --editable '.[test]'
	@touch $@

.PHONY: conformance
conformance: $(INSTALLED)  ## Replay recorded provider traffic, where the recordings are at hand
	tools/corpus.sh $(ARGS)

.PHONY: conformance-docs
conformance-docs: $(INSTALLED)  ## Write docs/conformance.md from the last `make conformance`
	$(BIN)/python -m tools.conformance

# ---- housekeeping ------------------------------------------------------------------------------------

.PHONY: lock
lock:  ## Renew constraints.txt from clean environments (INTERPRETERS="python3.10 python3.13")
	$(PYTHON) tools/lock.py $(INTERPRETERS)

.PHONY: clean
clean:  ## Remove everything that make made
	rm -rf .venv-* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage* htmlcov build dist
	rm -rf $(VENV) ui/node_modules $(dir $(PAGE))
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
