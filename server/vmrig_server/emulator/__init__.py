# SPDX-License-Identifier: Apache-2.0
"""Emulated boards: machines in worker processes, reached through the doors that a real board has.

Import nothing here: ``pyocd list`` loads `pyocd_plugin` of this package and must stay quick.
"""
