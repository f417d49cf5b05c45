# SPDX-License-Identifier: Apache-2.0
"""Debugging programs on any VM, in this process or on a board: what `vmimages/core/debug.c` says in words and references, in lines and names."""
