# SPDX-License-Identifier: Apache-2.0
from ..shapes import area as A
from .. import consts
NAME = "deep " + str(A(2)) + str(consts.PI)
