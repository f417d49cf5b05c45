# SPDX-License-Identifier: Apache-2.0
"""A recorded log per board, and the one owner of its serial port."""
