# SPDX-License-Identifier: Apache-2.0
"""Custom boards."""

from __future__ import annotations

from pathlib import Path

OLD_TEMPLATE = (Path(__file__).parent / "templates" / "cvm_espwroom32.yml").read_text("utf-8")
"""As the first tool-chain's users have them."""
