# Each target sets up what it needs, from a bare checkout; a second run finds it done. Removed by: make clean
.DEFAULT_GOAL := help
.PHONY: help demo test test-all test-rest conformance faults coverage lint format docs linkcheck bench dist lock fuzz
.PHONY: fuzz-coverage mutants clean

VENV := .venv
# The newest Hub is in $(VENV); the oldest supported one and one between have environments of their own.
OTHER_HUBS := 5.2 5.5
HUB_STAMPS := $(OTHER_HUBS:%=.venvs/hub-%/.installed)
METADATA := setup.py oauthenticator_suite/_version.py

# The tests start some hundred processes: without compiled modules on disk each would compile some hundred files.
unexport PYTHONDONTWRITEBYTECODE

help:
	@echo "make demo         a Hub and an OpenID provider on this machine, to try a login (ARGS='--port 9000')"
	@echo "make test         all checks, and all tests but the slow ones, with the newest JupyterHub"
	@echo "make test-all     the same, then slow tests, JupyterHub $(OTHER_HUBS), and the coverage"
	@echo "make conformance  the OpenID conformance modules, and their table in docs/reference/conformance.md (PEER=1: oauthenticator too)"
	@echo "make faults       the faults of a misbehaving provider, and their table in docs/reference/faults.md"
	@echo "make lint         the quick checks: ruff, mypy, codespell, plain English, import rules"
	@echo "make format       format the code with ruff"
	@echo "make docs         the documentation, into docs/_build/html"
	@echo "make linkcheck    every link of the documentation, also those to other sites: needs a network"
	@echo "make dist         what is published, built from the last commit into dist, and checked"
	@echo "make bench        the benchmarks, and their table in docs/reference/performance.md (QUICK=1: in a few minutes)"
	@echo "make lock         the newest releases of what tests and docs need, with hashes, into requirements"
	@echo "make fuzz         all fuzz targets for MINUTES=60, and their table in docs/reference/fuzzing.md (TARGETS=next)"
	@echo "make fuzz-coverage  the parsers by coverage, with Atheris, for MINUTES=10 each"
	@echo "make mutants      mutation testing of protocol and policy, and its table (MODULES='id_token urls')"
	@echo "make clean        remove everything that these have made"

demo: $(VENV)/.demo
	@exec $(VENV)/bin/oauthenticator-suite demo $(ARGS)

test: $(VENV)/.dev
	@$(VENV)/bin/python scripts/run_tests.py quick

# COVERAGE=1 makes the first part measure what the last part checks.
test-all:
	@status=0; \
	$(MAKE) --no-print-directory test COVERAGE=1 || status=1; \
	$(MAKE) --no-print-directory test-rest || status=1; \
	$(MAKE) --no-print-directory coverage || status=1; \
	exit $$status

test-rest: $(VENV)/.dev $(HUB_STAMPS)
	@$(VENV)/bin/python scripts/run_tests.py rest $(OTHER_HUBS)

conformance faults: $(VENV)/.dev
	@$(VENV)/bin/python -m tests.evidence $@ $(if $(filter conformance,$@),$(if $(PEER),--peer))

coverage: $(VENV)/.dev
	@scripts/coverage.sh

lint: $(VENV)/.dev
	@scripts/lint.sh

format: $(VENV)/.dev
	@$(VENV)/bin/ruff check --fix --exit-zero --quiet
	@$(VENV)/bin/ruff format

docs: $(VENV)/.dev
	@scripts/docs.sh

linkcheck: $(VENV)/.dev
	@$(VENV)/bin/sphinx-build -W --keep-going --quiet -b linkcheck docs docs/_build/linkcheck

dist: $(VENV)/.dev
	@$(VENV)/bin/python scripts/distributions.py dist

lock: $(VENV)/.dev
	@ARGS='$(ARGS)' scripts/lock.sh

# On a machine that does nothing else. QUICK=1 is to try it: too few rounds to tell small differences.
BENCH := .venvs/benchmark
ifdef QUICK
LOGINS := --rounds 1 --single 10 --logins 200
SCALE := --rounds 1 --users 10000
PROFILES := --rounds 1 --logins 5
else
LOGINS := --rounds 5
SCALE := --rounds 3
PROFILES := --rounds 3
endif

bench: $(BENCH)/.installed $(VENV)/.dev
	@$(BENCH)/bin/python benchmarks/run.py $(LOGINS) --json benchmarks/results.json
	@$(BENCH)/bin/python benchmarks/run.py $(LOGINS) --database postgresql --at-once 50 --json benchmarks/results-postgresql.json
	@$(BENCH)/bin/python benchmarks/scale.py $(SCALE) --json benchmarks/results-scale.json
	@$(BENCH)/bin/python benchmarks/report.py benchmarks/results.json benchmarks/results-postgresql.json \
		benchmarks/results-scale.json
	@$(VENV)/bin/python benchmarks/profiles.py $(PROFILES) --json benchmarks/results-profiles.json
	@$(BENCH)/bin/python benchmarks/report.py benchmarks/results-profiles.json

$(BENCH)/.installed: $(METADATA) benchmarks/requirements.txt
	@scripts/install.sh $(BENCH) . -r benchmarks/requirements.txt
	@touch $@

MINUTES := 60
fuzz: $(VENV)/.dev
	@$(VENV)/bin/python scripts/fuzz.py $(MINUTES) $(TARGETS)

fuzz-coverage: .venvs/atheris/.installed
	@.venvs/atheris/bin/python scripts/fuzz_coverage.py $(MINUTES) $(TARGETS)

mutants: .venvs/mutants/.installed
	@.venvs/mutants/bin/python scripts/mutants.py $(MODULES)

.venvs/atheris/.installed: $(METADATA) tests/fuzz/requirements.txt
	@scripts/install.sh .venvs/atheris . -r tests/fuzz/requirements.txt
	@touch $@

.venvs/mutants/.installed: $(METADATA) tests/mutants/requirements.txt
	@scripts/install.sh .venvs/mutants ".[test]" -r tests/mutants/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) .venvs build dist *.egg-info docs/_build tests/e2e/*/node_modules test-artifacts
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.demo: $(METADATA)
	@scripts/install.sh $(VENV) ".[demo]"
	@touch $@

# LOCKED=1 installs the releases in requirements/dev.txt and no file with another hash, as the public workflows do.
$(VENV)/.dev: $(METADATA)
	@LOCK=$(if $(LOCKED),requirements/dev.txt) scripts/install.sh $(VENV) ".[dev]"
	@touch $@ $(VENV)/.demo

.venvs/hub-%/.installed: $(METADATA) | $(VENV)/.dev
	@scripts/install.sh .venvs/hub-$* ".[test]" "jupyterhub==$*.*"
	@touch $@
