# SPDX-License-Identifier: Apache-2.0
"""What of the VM's tables needs which feature; made by the build (server/native/requirements.py)."""

NATIVES: dict[str, tuple[str, ...]]
METHODS: dict[str, list[tuple[str, ...]]]
PROFILES: dict[str, tuple[str, ...]]
