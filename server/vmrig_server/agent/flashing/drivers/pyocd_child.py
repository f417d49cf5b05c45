# SPDX-License-Identifier: Apache-2.0
"""The pyOCD driver, child's side: ``python -m vmrig_server.agent.flashing.drivers.pyocd_child``.

A process of its own, because pyOCD changes the working directory, keeps global state and can hang in libusb; and because it can be killed. What to
do comes from stdin (see `vmrig_server.agent.flashing.drivers.pyocd`), the protocol is that of `vmrig_server.agent.flashing.runner`.
"""

from __future__ import annotations

import logging
import os
import sys

from vmrig_server.agent.flashing.drivers.child_io import Channel, carry_out


def main() -> int:
    """Reads the specification, does it, tells the result."""
    channel = Channel()  # before pyOCD is imported: nothing that it prints may reach the protocol
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    from vmrig_server.agent.flashing.drivers import pyocd_steps

    specification = channel.read_specification()
    return carry_out(
        channel,
        lambda: pyocd_steps.run(specification, channel),
        lambda error: pyocd_steps.classify(error, specification["probe"]),
    )


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Probe and session are closed; taking the interpreter apart would only make the job longer.
    os._exit(status)
