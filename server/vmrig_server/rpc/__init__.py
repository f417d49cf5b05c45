# SPDX-License-Identifier: Apache-2.0
"""One servicer per service: check the caller, translate, delegate; no logic."""
