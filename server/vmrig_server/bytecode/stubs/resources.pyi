# SPDX-License-Identifier: Apache-2.0
"""Files of the program, read where they are in its container: they cost no RAM. `resources` of vmrig.toml names them."""

def get(name: str, default: object = None, /) -> object:
    """The contents of a file, as bytes. KeyError: there is none, and no `default` was given."""

def names() -> list[str]:
    """Of all files, in alphabetical order: paths from the program's folder, with slashes."""
