# SPDX-License-Identifier: Apache-2.0
"""Benchmarks: every figure beside its bar or its peer, measured in the same run.

python -m bench [emulator] [service] [thousand] [--without SET]
"""
