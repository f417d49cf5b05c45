# SPDX-License-Identifier: Apache-2.0
"""The esptool driver, child's side: ``python -m vmrig_server.agent.flashing.drivers.esptool_child``.

A process of its own: esptool is under the GPL and is not part of the service; it keeps global state, waits for ports without end, and can be killed here.
What to do comes from stdin (see `vmrig_server.agent.flashing.drivers.esptool`), the protocol is that of `vmrig_server.agent.flashing.runner`.
"""

from __future__ import annotations

import os
import sys

from vmrig_server.agent.flashing.drivers.child_io import Channel, carry_out


def main() -> int:
    """Reads the specification, does it, tells the result."""
    channel = Channel()  # before esptool is imported: nothing that it prints may reach the protocol
    from vmrig_server.agent.flashing.drivers import esptool_errors, esptool_steps

    specification = channel.read_specification()
    return carry_out(
        channel,
        lambda: esptool_steps.run(specification, channel),
        lambda error: esptool_errors.classify(error, specification["port"]),
    )


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # The port is closed; taking the interpreter apart would only make the job longer.
    os._exit(status)
