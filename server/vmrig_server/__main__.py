# SPDX-License-Identifier: Apache-2.0
"""``python -m vmrig_server [--home DIR] [--embedded] [--ready-fd N]``: runs the service until SIGTERM, SIGINT, or (embedded) its input closes."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from vmrig_server import paths
from vmrig_server.config import Config, check_listener, load_config
from vmrig_server.errors import VmrigError


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vmrig_server", description="The vmrig service.")
    parser.add_argument("--home", type=Path, help="folder of the service (default: $VMRIG_HOME, else the user's)")
    parser.add_argument("--listen", default="", help="HOST:PORT of a TCP listener beside the unix socket; port 0: any")
    parser.add_argument("--embedded", action="store_true", help="end when the standard input closes")
    parser.add_argument("--ready-fd", type=int, default=None, help="write a JSON line there when the service answers")
    parser.add_argument("--no-system-usb", action="store_true", help="do not look at the host's USB bus")
    parser.add_argument("--verbose", action="store_true", help="log what happens, not only what goes wrong")
    return parser.parse_args(argv)


def _settings(arguments: argparse.Namespace) -> Config:
    home = (arguments.home or paths.home_dir()).expanduser().resolve()
    # Children (drivers, workers, tools' plugins) find the same folder by this.
    os.environ["VMRIG_HOME"] = str(home)
    config = load_config(home)
    if arguments.listen:
        config = replace(config, listen=arguments.listen)
        check_listener(config)
    return replace(config, system_usb=False) if arguments.no_system_usb else config


async def _run(config: Config, arguments: argparse.Namespace) -> None:
    from vmrig_server.app import serve

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if arguments.embedded:
        loop.add_reader(0, _drain_input, loop, stop)
    async with await serve(config) as service:
        ready = {"address": service.address, "tcp_port": service.tcp_port, "pid": os.getpid()}
        _say_ready(ready, arguments.ready_fd)
        await stop.wait()


def _drain_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(BlockingIOError):
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stop.set()


def _say_ready(ready: dict[str, object], fd: int | None) -> None:
    if fd is None:
        sys.stderr.write(f"vmrig: serving at {ready['address']}\n")
        return
    with contextlib.suppress(BrokenPipeError), os.fdopen(fd, "w") as file:
        file.write(json.dumps(ready) + "\n")


def main(argv: list[str] | None = None) -> int:
    """Runs the service; the exit code is the error's class (1 for a wrong setting, 4 when the host failed)."""
    arguments = _arguments(argv)
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        asyncio.run(_run(_settings(arguments), arguments))
    except VmrigError as error:
        lines = [f"vmrig: {error.message} [{error.code}]", *(f"  {line}" for line in error.evidence)]
        if error.next_command:
            lines.append(f"  next: {error.next_command}")
        sys.stderr.write("\n".join(lines) + "\n")
        return int(error.error_class)
    return 0


if __name__ == "__main__":
    sys.exit(main())
