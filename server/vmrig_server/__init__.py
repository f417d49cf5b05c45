# SPDX-License-Identifier: Apache-2.0
"""The vmrig service: hub (state, leases, catalogue) and agent (what touches hardware) behind gRPC."""

__version__ = "0.1.0"
