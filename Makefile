# Each target sets up what it needs, from a bare checkout; a second run finds it done. Removed by: make clean
.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs hub-matrix clean

VENV := .venv
# The newest Hub is in $(VENV); the oldest supported one and one between have environments of their own.
OTHER_HUBS := 5.2 5.5
HUB_STAMPS := $(OTHER_HUBS:%=.venvs/hub-%/.installed)
# Python compiles what it imports; compiling all beforehand would take as long as the rest of the installation.
PIP := pip install -qq --no-compile --editable
METADATA := setup.py oauthenticator_suite/_version.py

help:
	@echo "make demo         a Hub and an OpenID provider on this machine, to try a login (ARGS='--port 9000')"
	@echo "make test         all checks and all tests, against three releases of JupyterHub"
	@echo "make lint         the quick checks: ruff, mypy, codespell, import rules"
	@echo "make format       write the code as ruff wants it"
	@echo "make docs         the documentation, into docs/_build/html"
	@echo "make hub-matrix   the in-process tests against JupyterHub $(OTHER_HUBS)"
	@echo "make clean        remove everything that these have made"

demo: $(VENV)/.demo
	@exec $(VENV)/bin/oauthenticator-suite demo $(ARGS)

test: $(VENV)/.dev
	@scripts/test.sh $(OTHER_HUBS)

lint: $(VENV)/.dev
	@scripts/lint.sh

format: $(VENV)/.dev
	@$(VENV)/bin/ruff check --fix --exit-zero --quiet
	@$(VENV)/bin/ruff format

docs: $(VENV)/.dev
	@scripts/docs.sh

hub-matrix: $(HUB_STAMPS)
	@scripts/hub-matrix.sh $(HUB_STAMPS:%/.installed=%)

clean:
	rm -rf $(VENV) .venvs build dist *.egg-info docs/_build tests/e2e/*/node_modules test-artifacts
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@scripts/make-venv.sh $(VENV)

$(VENV)/.demo: $(METADATA) | $(VENV)/bin/python
	@echo "installing the demo into $(VENV) ..."
	@$(VENV)/bin/$(PIP) ".[demo]" && touch $@

$(VENV)/.dev: $(METADATA) | $(VENV)/bin/python
	@echo "installing everything into $(VENV) ..."
	@$(VENV)/bin/$(PIP) ".[dev]" && touch $@ $(VENV)/.demo

.venvs/hub-%/.installed: $(METADATA)
	@scripts/make-venv.sh .venvs/hub-$*
	@echo "installing the tests and JupyterHub $* into .venvs/hub-$* ..."
	@.venvs/hub-$*/bin/$(PIP) ".[test]" "jupyterhub==$*.*" && touch $@
