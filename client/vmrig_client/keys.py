# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys that programs are signed with: a private key stays with who signs, its public key goes onto boards."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# cryptography is imported when a key is used: it takes a while.
SIGNATURE_SIZE = 64
PUBLIC_SUFFIX = ".pub"
MAKE_ONE = "make one: vmrig key new NAME"


class KeyFileError(Exception):
    """A file that holds no such key; the text says what is wrong and what to do."""


def new_pair(private: Path) -> Path:
    """Writes a new private key (PEM, PKCS 8, readable by its owner only) and beside it the public key (PEM); returns the latter's path.

    Raises:
        FileExistsError: one of the files is there already: a key is never written over.
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = private.with_name(private.stem + PUBLIC_SUFFIX)
    if public.exists():
        raise FileExistsError(17, "File exists", str(public))
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    public.write_bytes(key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
    return public


def load_private(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file without a password. Raises KeyFileError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is no private key without a password: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key; {MAKE_ONE}")
    return key


def load_public(path: Path) -> bytes:
    """The 32 bytes of the public key in a PEM file; of a private key its public one. Raises KeyFileError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}") from None
    if b"PRIVATE KEY" in data:
        return load_private(path).public_key().public_bytes_raw()
    try:
        key = load_pem_public_key(data)
    except ValueError as error:
        raise KeyFileError(f"{path} is no public key in PEM form: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{path} is not an Ed25519 key; {MAKE_ONE}")
    return key.public_bytes_raw()


def sign(image: bytes, key: Ed25519PrivateKey) -> bytes:
    """A container with room for a signature, signed."""
    unsigned = image[:-SIGNATURE_SIZE]
    return unsigned + key.sign(unsigned)
