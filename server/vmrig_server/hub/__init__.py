# SPDX-License-Identifier: Apache-2.0
"""The hub: who may use what. Boards, leases, jobs, VM images, programs, and the store under them; it touches no hardware."""
