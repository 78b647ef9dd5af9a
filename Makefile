# make demo [CAMERA=…]   a named face in the browser, on this machine
# make test              every test
PYTHON ?= python3
CAMERA ?= auto
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test clean help
help:
	@sed -n '1,2s/^# //p' Makefile

demo: $(VENV)/.demo
	$(BIN)/python tools/demo.py --camera "$(CAMERA)"

test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

$(VENV)/.demo: pyproject.toml Makefile
	@$(PYTHON) tools/check_python.py
	$(PYTHON) -m venv $(VENV)
	@echo "Installing Lookout into $(VENV): about 250 MB, nothing is compiled …"
	$(PIP) --editable '.[server,edge]'
	$(PIP) --no-deps scikit-image
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	$(PIP) --editable '.[server,edge,api,demo,mtcnn,openvino,bench,test]'
	$(PIP) --no-deps face_recognition picamera2
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
