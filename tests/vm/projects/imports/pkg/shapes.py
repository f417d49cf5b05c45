# SPDX-License-Identifier: Apache-2.0
from . import consts
from .consts import PI as pi
def area(r):
    return pi * r * r + consts.ZERO
