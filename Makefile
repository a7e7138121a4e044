# make demo   from nothing to a translation: environment, data, training, evaluation
# make test   the tests; make check adds ruff and mypy
# Both make the environment .venv themselves, with PYTHON (3.10 to 3.13).

PYTHON ?= python3
VENV := .venv
S2S := $(VENV)/bin/s2s
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint check clean

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "s2s needs Python 3.10 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

demo: $(INSTALLED)
	rm -rf data/demo runs/demo
	$(S2S) prepare-data --config bi.yaml --out data/demo
	$(S2S) train --config bi.yaml --data data/demo --run demo
	$(S2S) evaluate demo --samples 3
	$(S2S) translate --run demo "i m glad"
	@echo
	@echo "That was English to French, learnt from scratch. What to try next (source $(VENV)/bin/activate first):"
	@echo "  s2s inspect trace --run demo 'i m glad' --html trace.html    why it said so, step by step, as a page"
	@echo "  s2s translate --run demo --n-best 3 'you re very generous'   other ways to say it"
	@echo "  s2s inspect run demo                                         how it learnt"
	@echo "  s2s inspect model demo                                       what it is made of"
	@echo "  s2s train --config uni.yaml --data data/demo --run demo-uni  the same, reading in one direction only"
	@echo "  s2s inspect compare demo demo-uni --split test               is one of the two better, or was it luck?"
	@echo "  s2s train --help                                             your own data, your own model"

test: $(INSTALLED)
	$(VENV)/bin/python -m pytest -q -n 2

lint: $(INSTALLED)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

check: test lint

clean:
	rm -rf $(VENV) dist build data/demo runs/demo
