# SPDX-License-Identifier: Apache-2.0
"""Which boards are there: USB descriptors, read passively, turned into `AttachedBoard`s."""
