# SPDX-License-Identifier: Apache-2.0
"""Serial ports of this host, real or not: how to open them, and who has them open. Light: processes that drive tools import it."""
