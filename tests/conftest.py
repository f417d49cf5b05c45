# SPDX-License-Identifier: Apache-2.0
"""What all tests may rely on."""

from __future__ import annotations

import signal

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """A shell starts what it puts in the background with SIGINT ignored, and so does whatever runs CI there; tests and their children expect Python's own."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
