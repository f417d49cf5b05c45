# SPDX-License-Identifier: Apache-2.0
"""Serial ports of this host, real or not: how to open them, and who has them open. Light: processes that drive tools import it."""

from __future__ import annotations


def register() -> None:
    """Makes ``vmrig://<absolute path of a socket>`` a URL that `serial.serial_for_url` knows, in this process."""
    import serial

    if __name__ not in serial.protocol_handler_packages:
        serial.protocol_handler_packages.append(__name__)
