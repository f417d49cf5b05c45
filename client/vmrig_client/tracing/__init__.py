# SPDX-License-Identifier: Apache-2.0
"""What a trace of an emulated board becomes for people and tools: text with symbols, coverage as lcov, waveforms as VCD."""

from __future__ import annotations

from vmrig_client.tracing.records import Kind, Record, records_of
from vmrig_client.tracing.symbols import Firmware, FirmwareError

__all__ = ["Firmware", "FirmwareError", "Kind", "Record", "records_of"]
