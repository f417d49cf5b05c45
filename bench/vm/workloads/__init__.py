# SPDX-License-Identifier: Apache-2.0
"""The programs: each has a HOST_N and an MCU_N, and a bench(n) whose result is a checksum; run as a script it prints that of HOST_N."""
