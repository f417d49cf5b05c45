# SPDX-License-Identifier: Apache-2.0
"""The command line. Data on stdout, speech on stderr; progress only on a terminal."""
