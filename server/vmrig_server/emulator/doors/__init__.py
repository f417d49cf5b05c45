# SPDX-License-Identifier: Apache-2.0
"""The doors of an emulated board, as unmodified tools expect them: debug probe, pyOCD's remote protocol, serial port."""
