# SPDX-License-Identifier: Apache-2.0
"""What all tests may rely on."""

from __future__ import annotations

import importlib
import signal
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--collecting-vm PATH`: for `make test-gc`."""
    parser.addoption(
        "--collecting-vm",
        metavar="PATH",
        help="test this build of the VM's extension, which collects at every allocation",
    )


def take_extension(path: str) -> None:
    """From here on this process has the VM of that file. PYTHONPATH could not do it: where vmrig is installed to be edited, its finder comes first."""
    name = "vmrig_native._vm"
    assert name not in sys.modules, "the VM's extension is loaded already"
    spec = spec_from_file_location(name, path)
    assert spec and spec.loader
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(importlib.import_module("vmrig_native"))["_vm"] = module
    assert module.GC_STRESS, f"{path} does not collect at every allocation: build it with -DVMRIG_GC_STRESS=ON"


def pytest_configure(config: pytest.Config) -> None:
    """A shell starts what it puts in the background with SIGINT ignored, and so does whatever runs CI there; tests and their children expect Python's own."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if path := config.getoption("collecting_vm"):
        take_extension(path)
