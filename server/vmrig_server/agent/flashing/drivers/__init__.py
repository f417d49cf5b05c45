# SPDX-License-Identifier: Apache-2.0
"""One driver per flashing tool: the parent side builds the specification, the child side uses the tool."""
