# The two commands of a newcomer: `make demo` and `make test`. The rest is for those who change vmrig.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NATIVE := $(shell find server/native vmimages/core vmimages/link proto -name '*.[chd]*' -o -name '*.proto' 2>/dev/null)
C_FILES = $(shell git ls-files 'server/native/*.[ch]' 'vmimages/*.[ch]' 'tests/native/*.[ch]' 'bench/*.[ch]')
BOARD ?=
TARGET ?=
PYOCD ?= pyocd
SETS ?=
WITHOUT ?=

.PHONY: demo fuzz test test-c test-gc test-slow hwtests lint format images pinmaps bench peers-embedded peers-esptool peers-idf peers-pyocd clean

# One install serves everything; it runs again when what it builds has changed.
$(STAMP): pyproject.toml CMakeLists.txt $(NATIVE)
	@echo "Setting up $(VENV): this takes a minute or two the first time."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "scikit-build-core>=0.10" "grpcio-tools>=1.66" "mypy-protobuf>=3.6" cmake ninja
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e ".[dev]"
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/vmrig demo

test: $(STAMP) test-c test-gc
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" tests

# The C tests, under AddressSanitizer and UBSan.
test-c: $(STAMP)
	$(BIN)/cmake -S . -B build/c-tests -G Ninja -DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python \
		-DCMAKE_BUILD_TYPE=Debug -DVMRIG_SANITIZE=ON -DVMRIG_C_TESTS=ON >build/c-tests.log || { cat build/c-tests.log; exit 1; }
	$(BIN)/cmake --build build/c-tests --target c_tests
	$(BIN)/ctest --test-dir build/c-tests --output-on-failure --no-tests=error

# The VM's tests on one that collects at every allocation and overwrites what it frees.
test-gc: $(STAMP)
	$(BIN)/cmake -S . -B build/gc-tests -G Ninja -DCMAKE_MAKE_PROGRAM=$(CURDIR)/$(BIN)/ninja -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python \
		-DCMAKE_BUILD_TYPE=Release -DVMRIG_GC_STRESS=ON >build/gc-tests.log || { cat build/gc-tests.log; exit 1; }
	$(BIN)/cmake --build build/gc-tests --target _vm
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not allocates" --collecting-vm build/gc-tests/python/vmrig_native/_vm.abi3.so tests/vm

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow tests

# Damaged containers through both verifiers and, under sanitizers, through the VM; goes on where it was: FUZZ="--seconds 3600".
fuzz: $(STAMP)
	$(BIN)/python -m tests.vm.fuzz $(FUZZ)

# The tests that any board must pass: on an emulated TARGET=..., or on BOARD=... of a running service.
hwtests: $(STAMP)
	$(BIN)/python -m pytest hwtests $(if $(BOARD),--vmrig-board "$(BOARD)",) $(if $(TARGET),--vmrig-target "$(TARGET)",)

# The VM's sources by the profiles that are built: cppcheck's own choice, a feature at a time, takes ten times as long for the same code.
CPPCHECK = $(BIN)/cppcheck -j $(shell nproc 2>/dev/null || echo 2) --quiet --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,portability \
	--suppressions-list=.ci/cppcheck-suppressions
VM_SOURCES = -Ivmimages/core -Ivmimages/link vmimages/core vmimages/link

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy server/vmrig_server client/vmrig_client
	@$(BIN)/clang-format --dry-run --Werror $(C_FILES)
	$(CPPCHECK) -Iserver/native/emu server/native/emu
	$(CPPCHECK) -DVM_HOST=1 $(VM_SOURCES)
	$(CPPCHECK) -DVM_HOST=0 -DVM_PROFILE=2 $(VM_SOURCES)
	$(CPPCHECK) -DVM_HOST=0 -DVM_PROFILE=0 $(VM_SOURCES)
	$(BIN)/python proto/lint.py

format: $(STAMP)
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .
	$(BIN)/clang-format -i $(C_FILES)

# Rebuilds the committed VM images; the same source gives the same bytes.
images: $(STAMP)
	$(BIN)/python vmimages/build.py

# Draws boards/*/pinmap.svg from the board files.
pinmaps: $(STAMP)
	$(BIN)/python -m vmrig_server.boards_data.pinmap

# All figures beside their bars and peers: [SETS="emulator service thousand vm"] [WITHOUT=thousand], which takes a minute of its own
bench: $(STAMP)
	$(BIN)/python -m bench $(SETS) $(addprefix --without ,$(WITHOUT))

# pyOCD's own hardware suite on every emulated board that it has a program for, through every door, out of a checkout of its repository:
# PYOCD=<checkout> [TARGETS=a,b] [TESTS="Basic,Flash Loader"] [DOORS=plugin,remote,usb]
peers-pyocd: $(STAMP)
	$(BIN)/python -m tests.peers.pyocd_suite "$(PYOCD)" --targets "$(TARGETS)" --tests "$(TESTS)" --doors "$(DOORS)"

# esptool's own device suite on every emulated board with a serial loader, over its PTY, out of a checkout of its repository:
# ESPTOOL=<checkout> [CHIPS=esp32c3,esp32h2*] [TESTS="TestErase or TestFlashSizes"]
peers-esptool: $(STAMP)
	$(BIN)/python -m tests.peers.esptool_suite "$(ESPTOOL)" --chips "$(CHIPS)" --tests "$(TESTS)"

# pytest-embedded on an emulated ESP32-C3, in a venv of its own: [IDF_APP=<built project of ESP-IDF's hello_world>]
peers-embedded: $(STAMP)
	$(BIN)/python -m tests.peers.embedded_suite $(if $(IDF_APP),--idf-app "$(IDF_APP)")

# Applications of ESP-IDF on an emulated ESP32-C3, out of a checkout of pytest-embedded's repository: EMBEDDED=<checkout>
peers-idf: $(STAMP)
	$(BIN)/python -m tests.peers.idf_apps "$(EMBEDDED)"

clean:
	rm -rf build $(VENV)
