# SPDX-License-Identifier: Apache-2.0
"""From firmware files to verified flash: a plan, a runner of tool processes, one driver per tool."""
