# Takao: `make demo` shows it, `make test` proves it. docs/commands.md says more.
HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST ?=
N ?= 200
BIN := .venv/bin
SOURCE := takao.py repository ingest search viewer metadata storage

.PHONY: demo serve setup check test bench bench-kill golden lock docs

demo: setup  ## ingest the sample collection and serve it
	$(BIN)/takao demo samples --host $(HOST) --port $(PORT)

serve: setup  ## serve what TAKAO_HOME holds
	$(BIN)/takao serve --host $(HOST) --port $(PORT)

setup:  ## everything that running Takao needs
	@setup/system-packages.sh run
	@setup/environment.sh run

check:  ## style, types, layers, sizes, generated docs
	@setup/environment.sh dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/size_gate.py $(SOURCE) bench samples docs
	$(BIN)/python docs/generate.py --check

test:  ## every test; PYTEST="-k boxes" chooses
	@setup/system-packages.sh test
	@setup/environment.sh dev
	$(BIN)/python -m pytest -q $(PYTEST)

bench:  ## every measurement, into bench/RESULTS.md
	@setup/system-packages.sh bench
	@setup/environment.sh dev
	$(BIN)/python -m bench.run

bench-kill:  ## kill -9 of the store's writer and of whole ingests, N times each
	@setup/environment.sh dev
	$(BIN)/python -m bench.storage.kill --runs $(N)
	$(BIN)/python -m bench.ingest.kill --runs $(N)

golden:  ## write the golden files anew; review the difference
	@setup/environment.sh dev
	$(BIN)/python -m pytest -q tests/golden --golden $(PYTEST)

docs:  ## write the generated pages anew
	@setup/environment.sh dev
	$(BIN)/python docs/generate.py

LOCK := uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 \
  --no-emit-index-url --no-header
lock:  ## resolve the dependencies anew; needs uv
	$(LOCK) --group build --group dev -o requirements-dev.lock
	$(LOCK) -c requirements-dev.lock -o requirements.lock
	uv pip compile --group build --universal --generate-hashes --python-version 3.11 \
	  --no-emit-index-url --no-header -c requirements-dev.lock -o requirements-build.lock
	uv pip compile --group schemas --no-deps --universal --generate-hashes --python-version 3.11 \
	  --no-emit-index-url --no-header -o requirements-schemas.lock
