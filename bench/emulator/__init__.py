# SPDX-License-Identifier: Apache-2.0
"""Speed of the emulator's core beside its peers."""

from bench.emulator.run import measure

__all__ = ["measure"]
