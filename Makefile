# make build                              environment, then every mart from the sample,
#                                         or the folder that dbt_project.yml names
# make build RAW_DATA_DIR=../shared/data  the same from the files of another folder
# make test                               all tests
PYTHON ?= python3
# Empty: `build` reads the folder that dbt_project.yml names, the others the sample.
RAW_DATA_DIR ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PEERS := benchmarks/.peers/missing.json
FILES := $(or $(RAW_DATA_DIR),data/sample)
# The setting travels as JSON, so that a folder's name may hold any character.
export RAW_DATA_DIR
# These commands build with the profile of this project, whatever others a user has.
unexport DBT_PROFILES_DIR
DBT_VARS := $(if $(RAW_DATA_DIR),--vars "$$($(BIN)/python -c 'import json, os; print(json.dumps({"raw_data_dir": os.environ["RAW_DATA_DIR"]}))')")

.DEFAULT_GOAL := help
.PHONY: help install build test test-faults acceptance fuzz mutations determinism \
	coverage audit lint format benchmark benchmark-quick seed-figures lock clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(INSTALLED) ## Make the environment from the hash-locked requirements

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python {v[0]}.{v[1]} is not supported.\n  Remedy: make build PYTHON=python3.12 (3.11 to 3.13 work).")'
	@echo "Making the environment in $(VENV) (once; a few minutes on a slow network)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --quiet -e .
	@# Where Python may not write what it compiled, each of many starts would compile anew.
	$(BIN)/python -m compileall -qq -j 2 $(VENV)/lib
	@touch $@

build: $(INSTALLED) ## Files to tested, published marts; RAW_DATA_DIR=<folder> for other files
	@# Unit tests prove code, not data: `make test` runs them. `exec`: signals reach dbt.
	exec $(BIN)/dbt build --exclude-resource-type unit_test $(DBT_VARS)
	exec $(BIN)/retail-marts publish

test: $(INSTALLED) ## Python tests, the real dbt build on the sample and on broken files
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 10

test-faults: $(INSTALLED) ## Kills, full disks and crowds of readers, all of them
	RETAIL_MARTS_ALL_FAULTS=1 $(BIN)/python -m pytest tests/python/test_publish.py tests/python/test_determinism.py

acceptance determinism: export RAW_DATA_DIR := $(FILES)

acceptance: $(INSTALLED) ## The right figures, from the real files in RAW_DATA_DIR
	$(MAKE) build RAW_DATA_DIR="$(RAW_DATA_DIR)"
	$(BIN)/python -m pytest tests/acceptance

fuzz: $(INSTALLED) ## 30,000 random settings and files, 50,000 random lines; half an hour
	RETAIL_MARTS_FUZZ_EXAMPLES=6000 RETAIL_MARTS_FUZZ_SEEDS="1 2 3 4 5" $(BIN)/python -m pytest \
		--numprocesses 2 --dist worksteal tests/python/test_random_input.py tests/python/test_random_staging.py

mutations: $(INSTALLED) ## Break key formulas on purpose; a test must notice each
	$(BIN)/python -m tests.mutations

determinism: $(INSTALLED) ## Build RAW_DATA_DIR twice, elsewhere and on other threads; compare
	RETAIL_MARTS_WHOLE_DETERMINISM=1 $(BIN)/python -m pytest tests/python/test_determinism.py

coverage: $(INSTALLED) ## Which lines of the library no test runs, dbt's processes included
	$(BIN)/python -m coverage erase
	@# Also when a test fails: what ran is told, then that it failed.
	$(BIN)/python -m coverage run -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder; \
	outcome=$$?; \
	$(BIN)/python -m coverage combine --quiet && $(BIN)/python -m coverage report && exit $$outcome

audit: $(INSTALLED) ## Known vulnerabilities of what is locked; needs pypi.org's JSON service
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes \
		--progress-spinner off --requirement requirements.txt

lint: $(INSTALLED) ## Every linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .
	$(BIN)/sqlfluff lint --processes 2 models tests analyses

format: $(INSTALLED) ## Let the formatters have their way
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: $(INSTALLED) $(PEERS) ## All benchmarks beside peers into benchmarks/RESULTS.md (50 minutes)
	$(BIN)/python -m benchmarks --data "$(FILES)" --out benchmarks/RESULTS.md

benchmark-quick: $(INSTALLED) $(PEERS) ## The same in small sizes, printed (5 minutes)
	$(BIN)/python -m benchmarks --quick --data "$(FILES)"

# What we compare with has an environment of its own.
$(PEERS): benchmarks/peers.txt $(INSTALLED)
	$(BIN)/python -m benchmarks.peers
	@touch $@

seed-figures: $(INSTALLED) ## Every published figure beside the right one and ours, from the real files
	$(BIN)/python -m benchmarks.seed_figures --data "$(FILES)"

lock: $(INSTALLED) ## Resolve requirements.txt anew from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --extra dev --extra lstm --extra semantics --output-file requirements.txt pyproject.toml

clean: ## Remove what builds wrote (the environment and the personal key stay)
	rm -rf target logs warehouse/*.duckdb warehouse/*.duckdb.wal warehouse/*.tmp
