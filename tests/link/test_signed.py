# SPDX-License-Identifier: Apache-2.0
"""A board that holds a key only takes programs that are signed with it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from vmrig_native import _vm

from vmrig_server.agent.link import LinkRefused
from vmrig_server.bytecode import bind, explain_refusal, sign

from .boards import VMUID, SimulatedBoard, linked, vbc

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
PUBLIC = KEY.public_key().public_bytes_raw()
IMAGE = vbc("print('signed')\n")


def verdict(image: bytes, key: bytes | None = PUBLIC) -> str:
    try:
        _vm.verify(image, None, key)
    except _vm.VerifyError as error:
        return str(error.code)
    return "OK"


def test_the_vm_tells_signed_from_unsigned_and_forged() -> None:
    signed = sign(IMAGE, KEY)
    assert verdict(signed) == verdict(IMAGE, None) == verdict(signed, None) == "OK"
    assert verdict(IMAGE) == "UNSIGNED"
    assert verdict(sign(IMAGE, OTHER)) == "SIGNATURE"
    assert verdict(sign(bind(IMAGE, bytes.fromhex(VMUID)), KEY)) == "OK"
    assert verdict(sign(bind(IMAGE, bytes.fromhex(VMUID)), KEY)[:-64] + signed[-64:]) == "SIGNATURE"
    for at in range(-64, 0, 9):
        forged = bytearray(signed)
        forged[at] ^= 1
        assert verdict(bytes(forged)) == "SIGNATURE"


async def test_a_board_with_a_key_takes_only_what_is_signed_with_it() -> None:
    board = SimulatedBoard(key=PUBLIC)
    board.power(True)
    async with linked(board) as (link, heard):
        for image, code in ((IMAGE, "UNSIGNED"), (sign(IMAGE, OTHER), "SIGNATURE")):
            with pytest.raises(LinkRefused) as failure:
                await link.uplink(image)
            refusal = explain_refusal(image, failure.value.verify_code, 0)
            assert "signed with" in refusal[0] and code in refusal[1]
        await link.uplink(sign(IMAGE, KEY))
        await link.wait_end((await link.run())[1])
        assert heard.output.endswith(b"signed\n")


async def test_a_board_without_a_key_takes_signed_programs_too() -> None:
    board = SimulatedBoard()
    board.power(True)
    async with linked(board) as (link, _):
        await link.uplink(sign(IMAGE, OTHER))
