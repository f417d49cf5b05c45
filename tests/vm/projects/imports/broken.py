# SPDX-License-Identifier: Apache-2.0
print("broken body")
raise ValueError("no")
