# Two commands need nothing but Python, git and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help demo test faults lab fuzz fuzz-files bench check notebooks pictures clean

help:
	@echo "make demo    import the sample workbook into SQLite, with a live bar"
	@echo "make test    run every test"
	@echo "make fuzz    search for counterexamples with new seeds: make fuzz SECONDS=3600"
	@echo "make fuzz-files  search for files that are read wrong: make fuzz-files SECONDS=3600"
	@echo "make faults  kill imports by the hundred, and resume them"
	@echo "make lab     open JupyterLab on the first notebook"
	@echo "make bench   measure against other tools"
	@echo "make check   format, lint, types, layers, security"

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[duckdb,images,lab,notify,postgres,watch,wordpress]' --group dev
	touch $@

# Status 3 says that rows were refused, which is what the demo is there to show.
demo: export IMPORTER_HOME = demo/history
demo: $(VENV)/ready
	rm -rf demo && mkdir demo
	$(BIN)/importer sample demo/staff_punches.xlsx
	$(BIN)/importer load demo/staff_punches.xlsx --into sqlite:///demo/staff.db --key "Employee No.,Date" \
		--rejects demo/refused.xlsx || test $$? -eq 3

# Four at a time, since many tests wait for a page or a process; file by file, in the order of collection, so that no long
# file is left at the end. The two plugins would take seconds to load in each process, and no test needs them.
test: $(VENV)/ready
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -p no:nbval -p no:schemathesis

# Every test that hypothesis drives, round after round; stops at the first failure.
SECONDS ?= 600
fuzz: $(VENV)/ready
	$(BIN)/python tests/fuzz.py $(SECONDS)

# Inputs that reach new code of the readers are changed further, as atheris does it; stops at the first failure.
fuzz-files: $(VENV)/ready
	$(BIN)/pip install --quiet --group fuzz
	$(BIN)/python tests/fuzz_files.py $(SECONDS)

faults: $(VENV)/ready
	IMPORTER_FAULTS=$${IMPORTER_FAULTS:-150} $(BIN)/python -m pytest -q -s tests/faults

notebooks: $(VENV)/ready
	$(BIN)/python -m pytest --nbval-lax --nbval-current-env notebooks

# The browser tests take pictures of all that they see; those in docs/ are some of them.
pictures: $(VENV)/ready
	IMPORTER_SHOTS=demo/pictures $(BIN)/python -m pytest -n 2 --dist loadfile tests/browser
	for picture in docs/*.png; do cp demo/pictures/$$(basename $$picture) docs/; done

check: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive importer
	$(BIN)/python .ci/audit.py

lab: $(VENV)/ready
	$(BIN)/jupyter lab notebooks/01_first_import.ipynb

bench: $(VENV)/ready
	$(BIN)/pip install --quiet --group bench
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) demo dist .hypothesis .pytest_cache .mypy_cache .ruff_cache
