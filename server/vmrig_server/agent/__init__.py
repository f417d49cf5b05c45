# SPDX-License-Identifier: Apache-2.0
"""What touches hardware: discovery, flashing, consoles, uplink. The hub sees only `api`."""
