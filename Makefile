# make build                              install, then build every mart from the sample
#                                         (or from `raw_data_dir` in dbt_project.yml)
# make build RAW_DATA_DIR=../shared/data  build every mart from the files in that folder
# make test                               run all tests
PYTHON ?= python3
# If empty, `build` reads the folder set in dbt_project.yml; others use the sample.
RAW_DATA_DIR ?=
# Pythons that `test-wheel` tries, such as "python3.12 python3.13"; empty: that of $(VENV).
PYTHONS ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Spark has an environment of its own.
SPARK := .venv-spark
SPARK_INSTALLED := $(SPARK)/.installed
PEERS := benchmarks/.peers/missing.json
FILES := $(or $(RAW_DATA_DIR),data/sample)
# dbt's plugin reads the folder's name from the environment.
BUILD_FILES := $(if $(RAW_DATA_DIR),RETAIL_MARTS_RAW_DATA_DIR="$$RAW_DATA_DIR")
export RAW_DATA_DIR
# These commands build with the profile of this project, whatever others a user has.
unexport DBT_PROFILES_DIR

.DEFAULT_GOAL := help
.PHONY: help install install-spark build build-spark test test-clients test-spark \
	test-spark-quick test-faults test-wheel \
	acceptance fuzz mutations determinism coverage audit lint lint-python lint-sql format \
	benchmark benchmark-quick seed-figures settings lock release clean

help: ## Show all commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(INSTALLED) ## Create the environment from the locked requirements

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python {v[0]}.{v[1]} is not supported.\n  Remedy: make build PYTHON=python3.12 (3.11 to 3.13 work).")'
	@echo "Creating the environment in $(VENV) (once; takes a few minutes on a slow network)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --quiet -e .
	@# Compile now: if Python may not write its cache later, every start would compile again.
	$(BIN)/python -m compileall -qq -j 2 $(VENV)/lib
	@touch $@

install-spark: $(SPARK_INSTALLED) ## Create the environment of the target spark, with its Java

$(SPARK_INSTALLED): requirements-spark.txt pyproject.toml
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/python -m pip install --disable-pip-version-check --progress-bar on --no-deps --require-hashes -r requirements-spark.txt
	$(SPARK)/bin/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --quiet -e .
	@touch $@

build-spark: export DBT_TARGET_PATH := target/spark
build-spark: $(SPARK_INSTALLED) ## Build, test and publish every mart on Apache Spark
	$(BUILD_FILES) exec $(SPARK)/bin/dbt build --target spark --exclude-resource-type unit_test
	@# What is published is read from the DuckDB file that shows the tables of Spark.
	RETAIL_MARTS_WAREHOUSE="$(dir $(or $(RETAIL_MARTS_WAREHOUSE),warehouse/))landing.duckdb" exec $(SPARK)/bin/retail-marts publish

# test_spark_plugin.py needs no Spark: `make test` runs it.
test-spark: export RETAIL_MARTS_WHOLE_SPARK := 1
test-spark test-spark-quick: $(SPARK_INSTALLED)
	$(SPARK)/bin/python -m pytest --durations 5 tests/python/test_spark_adapter.py \
		tests/python/test_frames_spark.py tests/python/test_spark_build.py \
		$(if $(filter test-spark,$@),tests/python/test_spark_cluster.py)

test-spark: ## Build the sample on Spark and on DuckDB, and compare every mart
test-spark-quick: ## The same for two businesses of the sample, with few candidates

build: $(INSTALLED) ## Build, test and publish every mart; RAW_DATA_DIR=<folder> for other files
	@# Unit tests prove code, not data: `make test` runs them. `exec`: signals reach it.
	$(BUILD_FILES) exec $(BIN)/retail-marts build --show-dbt

test: $(INSTALLED) ## Run all tests, with dbt builds on the sample and on broken files
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations 10

test-faults: $(INSTALLED) ## Run every test with killed processes, full disks, many readers, and long tests
	@# The clients of docs/clients.md have a target of their own.
	RETAIL_MARTS_ALL_FAULTS=1 $(BIN)/python -m pytest --numprocesses 2 --dist worksteal \
		-m "faults or long" --ignore tests/python/test_clients_page.py --durations 10

test-clients: $(INSTALLED) ## Run the lines of docs/clients.md with each client from its package registry (10 minutes)
	RETAIL_MARTS_ALL_FAULTS=1 $(BIN)/python -m pytest tests/python/test_clients_*.py

test-wheel: $(INSTALLED) ## Build the wheel, install it in an empty environment, build and publish (5 minutes)
	PYTHONPATH=tests $(BIN)/python -m tests.wheel $(PYTHONS)

release: $(INSTALLED) ## Build sdist and wheel into dist/, and test them as test-wheel does
	PYTHONPATH=tests $(BIN)/python -m tests.wheel --keep dist $(PYTHONS)

acceptance determinism: export RAW_DATA_DIR := $(FILES)

acceptance: $(INSTALLED) ## Build the files in RAW_DATA_DIR and compare with the correct figures
	$(MAKE) build RAW_DATA_DIR="$(RAW_DATA_DIR)"
	$(BIN)/python -m pytest tests/acceptance

fuzz: $(INSTALLED) ## Try 30,000 random settings and files, 50,000 lines, 20 edit sequences (70 minutes)
	RETAIL_MARTS_FUZZ_EXAMPLES=6000 RETAIL_MARTS_FUZZ_SEEDS="1 2 3 4 5" RETAIL_MARTS_EDIT_SEQUENCES=20 \
		$(BIN)/python -m pytest --numprocesses 2 --dist worksteal tests/python/test_edit_sequences.py \
		tests/python/test_random_input.py tests/python/test_random_staging.py \
		tests/python/test_extreme_values.py

mutations: $(INSTALLED) ## Break key formulas on purpose; a test must fail for each
	$(BIN)/python -m tests.mutations

determinism: $(INSTALLED) ## Build twice, in another folder and with other threads, and compare
	RETAIL_MARTS_ALL_FAULTS=1 RETAIL_MARTS_WHOLE_DETERMINISM=1 $(BIN)/python -m pytest tests/python/test_determinism.py

coverage: $(INSTALLED) ## Show which lines of the library no test runs, dbt processes included
	$(BIN)/python -m coverage erase
	@# If a test fails, report the coverage first and then fail.
	$(BIN)/python -m coverage run -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder; \
	outcome=$$?; \
	$(BIN)/python -m coverage combine --quiet && $(BIN)/python -m coverage report && exit $$outcome

audit: $(INSTALLED) ## Check locked packages for known vulnerabilities; needs the vulnerability service
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes \
		--progress-spinner off --requirement requirements.txt

lint: $(INSTALLED) ## Run every linter
	@# mypy uses one core, so the SQL is linted beside it.
	$(MAKE) --jobs 2 --output-sync lint-python lint-sql

lint-python: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/yamllint --strict .

lint-sql: $(INSTALLED)
	$(BIN)/sqlfluff lint --processes 2 models tests analyses

format: $(INSTALLED) ## Format all Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: $(INSTALLED) $(PEERS) ## Run all benchmarks against peers into benchmarks/RESULTS.md (70 minutes)
	$(BIN)/python -m benchmarks --data "$(FILES)" --out benchmarks/RESULTS.md

benchmark-quick: $(INSTALLED) $(PEERS) ## Run all benchmarks in small sizes and print them (5 minutes)
	$(BIN)/python -m benchmarks --quick --data "$(FILES)"

# The peers have their own environment.
$(PEERS): benchmarks/peers.txt $(INSTALLED)
	$(BIN)/python -m benchmarks.peers
	@touch $@

seed-figures: $(INSTALLED) ## Compare published, correct and our figures, from the real files
	$(BIN)/python -m benchmarks.seed_figures --data "$(FILES)"

settings: $(INSTALLED) ## Write the JSON schema and the tables in docs/ from the tree of settings
	$(BIN)/python -m retail_marts.settings.schema

lock: $(INSTALLED) ## Create requirements.txt and requirements-spark.txt from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --extra dev --extra lstm --extra semantics --extra tableau --extra excel --output-file requirements.txt pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' --constraints requirements.txt --extra dev --extra spark --output-file requirements-spark.txt pyproject.toml

clean: ## Remove build outputs (keeps the environment and the personal key)
	rm -rf target logs warehouse/*.duckdb warehouse/*.duckdb.wal warehouse/*.tmp
