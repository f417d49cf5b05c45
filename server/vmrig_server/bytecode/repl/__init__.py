# SPDX-License-Identifier: Apache-2.0
"""A REPL: each line is compiled on the host and runs in the VM, with the variables, functions and classes of those before."""
