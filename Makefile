# Everything a user needs: `make run` and `make test`. Both set up what is missing first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

SEEDS ?= 2000

.PHONY: run test simulate check lint types layers setup lock graphiql clean

run: setup ## Serve on 127.0.0.1:8000 with an embedded database, a demo tenant and sample workflows
	@$(BIN)/heddle serve

test: setup ## All tests
	@$(BIN)/python -m pytest -n auto --dist worksteal

simulate: setup ## Random worlds by the thousand: make simulate SEEDS=100000
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

check: lint types layers test ## What CI runs

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Heddle needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

layers: setup
	@$(BIN)/lint-imports

lock: ## Pin dependencies anew (needs pip-tools)
	pip-compile --quiet --extra dev --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

graphiql: ## Build the query page anew (needs Node.js); the result is committed
	cd web/graphiql && npm ci --no-audit --no-fund && npm run build
