# SPDX-License-Identifier: Apache-2.0
print("pkg body", __name__)
thing = "a thing"
from .shapes import area
