# SPDX-License-Identifier: Apache-2.0
"""The differential judge of the Cortex-M cores: random instruction streams on random states, run by our core and by Unicorn.

``encodings`` knows every instruction, ``writer`` and ``streams`` make programs of them, ``duel`` runs a program on both and reduces one that ends
differently, ``existence`` says which encodings cannot be judged, and where Unicorn is wrong.
"""
