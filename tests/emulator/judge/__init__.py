# SPDX-License-Identifier: Apache-2.0
"""The differential judge of the Cortex-M cores: random instruction streams on random states, run by our core and by Unicorn.

``encodings`` knows every instruction, ``streams`` makes programs of them, ``duel`` runs a program on both and reduces one that ends differently.
"""
