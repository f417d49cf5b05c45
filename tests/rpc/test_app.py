# SPDX-License-Identifier: Apache-2.0
"""The service as a process: one a folder, its socket, its listeners, its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from vmrig.v1 import system_pb2, system_pb2_grpc

from tests.hub.fakes import FakeAgent, FakePool
from tests.rpc.conftest import Line, fake_parts
from vmrig_server.app import Lock, Parts, serve
from vmrig_server.config import Config, Tls, check_listener, load_config
from vmrig_server.errors import VmrigError


def _parts(_: Config) -> Parts:
    agent = FakeAgent()
    return fake_parts(agent, FakePool(agent))


async def _version(channel: grpc.aio.Channel) -> system_pb2.GetVersionResponse:
    return await system_pb2_grpc.SystemStub(channel).GetVersion(system_pb2.GetVersionRequest(), timeout=5)


async def test_the_socket_is_the_owners_alone(line: Line) -> None:
    assert stat.S_IMODE(line.service.config.socket.stat().st_mode) == 0o600
    assert stat.S_IMODE(line.service.config.run_dir.stat().st_mode) == 0o700


async def test_a_second_service_in_the_folder_is_refused_with_the_pid_of_the_first(line: Line) -> None:
    with pytest.raises(VmrigError) as caught:
        await serve(line.service.config, _parts)
    assert caught.value.code == "SERVICE_RUNNING"
    assert str(os.getpid()) in caught.value.message
    assert (await _version(line.channel)).pid == os.getpid()


async def test_a_folder_that_cannot_be_made_is_told(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(VmrigError) as caught:
        await serve(Config(home / "file" / "folder"), _parts)
    assert caught.value.code == "HOME_UNUSABLE"
    assert "Not a directory" in caught.value.evidence[0] and "VMRIG_HOME" in caught.value.next_command


async def test_the_socket_of_a_service_that_was_killed_is_replaced(home: Path) -> None:
    config = Config(home)
    config.run_dir.mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(config.socket))
    async with await serve(config, _parts) as service, grpc.aio.insecure_channel(service.address) as channel:
        assert (await _version(channel)).pid == os.getpid()
    assert not config.socket.exists()


async def test_a_folder_whose_service_could_not_start_is_free_again(home: Path) -> None:
    (home / "vmrig.sqlite3").write_bytes(b"no database" * 500)
    with pytest.raises(VmrigError):
        await serve(Config(home), _parts)
    Lock(home / "run" / "service.lock").release()


async def test_a_path_that_no_socket_can_have_is_refused(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 100)
    home.mkdir()
    with pytest.raises(VmrigError) as caught:
        await serve(Config(home), _parts)
    assert caught.value.code == "LISTEN_FAILED"


async def test_loopback_is_listened_at_when_asked_for(home: Path) -> None:
    async with await serve(Config(home, listen="127.0.0.1:0"), _parts) as service:
        assert service.tcp_port > 0
        async with grpc.aio.insecure_channel(f"127.0.0.1:{service.tcp_port}") as channel:
            assert (await _version(channel)).api_major == 1
        with pytest.raises(VmrigError) as caught:
            await serve(Config(home / "two", listen=f"127.0.0.1:{service.tcp_port}"), _parts)
        assert caught.value.code == "LISTEN_FAILED"


@pytest.mark.parametrize("listen", ["0.0.0.0:7420", "[::]:7420", "192.0.2.1:7420", "example.org:7420"])
@pytest.mark.parametrize("tls", [None, Tls(Path("cert"), Path("key"))])
def test_other_hosts_are_let_in_with_tls_and_client_certificates_only(listen: str, tls: Tls | None) -> None:
    with pytest.raises(VmrigError) as caught:
        check_listener(Config(Path("x"), listen=listen, tls=tls))
    assert caught.value.code == "TLS_REQUIRED"
    check_listener(Config(Path("x"), listen=listen, tls=Tls(Path("cert"), Path("key"), Path("ca"))))


def _certificate(folder: Path, name: str, issuer: tuple[x509.Certificate, Any] | None) -> tuple[x509.Certificate, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    made = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made, key


async def test_over_tls_a_client_needs_a_certificate_of_the_right_signer(home: Path) -> None:
    ca = _certificate(home, "ca", None)
    _certificate(home, "server", ca)
    _certificate(home, "client", ca)
    _certificate(home, "stranger", None)
    tls = Tls(home / "server.pem", home / "server.key", home / "ca.pem")
    async with await serve(Config(home, listen="127.0.0.1:0", tls=tls), _parts) as service:
        root = (home / "ca.pem").read_bytes()
        for who, welcome in (("client", True), ("stranger", False)):
            credentials = grpc.ssl_channel_credentials(
                root, (home / f"{who}.key").read_bytes(), (home / f"{who}.pem").read_bytes()
            )
            async with grpc.aio.secure_channel(f"localhost:{service.tcp_port}", credentials) as channel:
                if welcome:
                    assert (await _version(channel)).api_major == 1
                else:
                    with pytest.raises(grpc.aio.AioRpcError) as caught:
                        await _version(channel)
                    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_the_configuration_is_read_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[service]\nlisten = "127.0.0.1:0"\nsystem_usb = false\n'
        '[boards."aaaa000000000001"]\ntarget = "microbit_v2"\nlabels = { room = "lab" }\n'
    )
    config = load_config(tmp_path)
    assert (config.listen, config.system_usb) == ("127.0.0.1:0", False)
    assert config.boards == {"aaaa000000000001": {"target": "microbit_v2", "labels": {"room": "lab"}}}
    assert load_config(tmp_path / "none") == Config(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[service]\nlisten =\n", "line 2, column 9"),
        ("[service]\nlisen = 'x'\n", "lisen"),
        ("[service]\nsystem_usb = 'yes'\n", "system_usb is a bool"),
        ("[service]\nlisten = 'nowhere'\n", "HOST:PORT"),
        ("[service]\ntls_cert = 'a'\n", "go together"),
        ("[servce]\n", "servce"),
        ("boards = 3\n", "boards"),
        ("[boards]\nx = 3\n", "is a table"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(VmrigError) as caught:
        load_config(tmp_path)
    assert caught.value.code == "CONFIG_INVALID"
    assert told in caught.value.message


# --- the process -----------------------------------------------------------------------------------------------------


@contextmanager
def _process(home: Path, *more: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    reader, writer = os.pipe()
    begun = time.monotonic()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "vmrig_server",
            "--home",
            str(home),
            "--no-system-usb",
            "--ready-fd",
            str(writer),
            *more,
        ],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=(writer,),
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as ready:
            line = ready.readline()
        assert line, (process.communicate()[1]).decode()
        yield process, {**json.loads(line), "start_s": time.monotonic() - begun}
    finally:
        process.kill()
        process.wait()
        assert process.stdin is not None and process.stderr is not None
        process.stdin.close()
        process.stderr.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, "input closes"])
def test_the_process_says_when_it_is_ready_and_ends_in_order(home: Path, how: signal.Signals | str) -> None:
    with _process(home, "--embedded") as (process, ready):
        assert ready["pid"] == process.pid
        with grpc.insecure_channel(ready["address"]) as channel:
            stub = system_pb2_grpc.SystemStub(channel)
            assert stub.GetVersion(system_pb2.GetVersionRequest(), timeout=5).pid == process.pid
            start = time.monotonic()
            if isinstance(how, signal.Signals):
                process.send_signal(how)
            else:
                assert process.stdin is not None
                process.stdin.close()
            assert process.wait(timeout=10) == 0
            # Two seconds at most on a machine that is idle; one that is busy tells so by how long the start took.
            assert time.monotonic() - start < max(2.0, 2 * ready["start_s"])
    assert not (home / "run" / "vmrig.sock").exists()


def test_a_killed_service_leaves_a_folder_that_the_next_one_takes_over(home: Path) -> None:
    with _process(home) as (process, _):
        process.kill()
        process.wait()
        with _process(home) as (_, ready):
            assert ready["pid"] != process.pid


def test_a_second_process_tells_that_one_runs_and_ends_with_code_1(home: Path) -> None:
    with _process(home) as (process, _):
        second = subprocess.run(
            [sys.executable, "-m", "vmrig_server", "--home", str(home)], capture_output=True, timeout=20, check=False
        )
        assert second.returncode == 1
        assert "SERVICE_RUNNING" in second.stderr.decode()
        assert str(process.pid) in second.stderr.decode()
