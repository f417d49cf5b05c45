# SPDX-License-Identifier: Apache-2.0
"""The extension that VS Code needs to know the debug type `vmrig`: a manifest without code that says which command the adapter is.

Sources: code.visualstudio.com/api/references/contribution-points (breakpoints, debuggers) and the layout of what `vsce package` makes.
"""

from __future__ import annotations

import importlib.metadata
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAME, PUBLISHER = "vmrig-debug", "vmrig"
_DATE = (1980, 1, 1, 0, 0, 0)
_LAUNCH: dict[str, Any] = {
    "type": "vmrig",
    "request": "launch",
    "name": "vmrig: this file",
    "program": "${file}",
    "board": "",
}
_ATTRIBUTES: dict[str, Any] = {
    "program": {"type": "string", "description": "Python file, folder of a program, vmrig.toml or .vbc."},
    "board": {"type": "string", "description": "Alias, id prefix or selector of a board; empty: the host's VM."},
    "stopOnEntry": {"type": "boolean", "description": "Stop before the first line.", "default": False},
    "heapSize": {"type": "integer", "description": "Heap of the host's VM in bytes.", "default": 65536},
}
_TYPES = """\
<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">\
<Default Extension=".json" ContentType="application/json"/>\
<Default Extension=".vsixmanifest" ContentType="text/xml"/></Types>
"""
_MANIFEST = """\
<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="{name}" Version="{version}" Publisher="{publisher}"/>
    <DisplayName>vmrig debugger</DisplayName>
    <Description xml:space="preserve">Debugs programs on microcontroller boards by vmrig.</Description>
    <Categories>Debuggers</Categories>
    <Properties><Property Id="Microsoft.VisualStudio.Code.Engine" Value="{engine}"/></Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/></Assets>
</PackageManifest>
"""
_ENGINE = "^1.75.0"


def version() -> str:
    """Three numbers, as extensions have."""
    numbers = [part for part in importlib.metadata.version("vmrig").split(".") if part.isdigit()]
    return ".".join([*numbers, "0", "0", "0"][:3])


def package(command: Sequence[str]) -> dict[str, Any]:
    """The extension's package.json.

    Args:
        command: program (an absolute path) and arguments of the adapter.
    """
    debugger = {
        "type": "vmrig",
        "label": "vmrig",
        "languages": ["python"],
        "program": command[0],
        "args": list(command[1:]),
        "configurationAttributes": {"launch": {"required": ["program"], "properties": _ATTRIBUTES}},
        "initialConfigurations": [_LAUNCH],
        "configurationSnippets": [
            {
                "label": "vmrig: a program on a board",
                "description": "Debug on a board, real or emulated.",
                "body": _LAUNCH,
            }
        ],
    }
    return {
        "name": NAME,
        "publisher": PUBLISHER,
        "displayName": "vmrig debugger",
        "description": "Debugs programs on microcontroller boards by vmrig.",
        "version": version(),
        "engines": {"vscode": _ENGINE},
        "categories": ["Debuggers"],
        "contributes": {"breakpoints": [{"language": "python"}], "debuggers": [debugger]},
    }


def write_extension(path: Path, command: Sequence[str]) -> None:
    """Writes the .vsix; the same command gives the same bytes. Raises OSError."""
    manifest = _MANIFEST.format(name=NAME, version=version(), publisher=PUBLISHER, engine=_ENGINE)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("extension.vsixmanifest", manifest),
            ("[Content_Types].xml", _TYPES),
            ("extension/package.json", json.dumps(package(command), indent=2) + "\n"),
        ):
            archive.writestr(zipfile.ZipInfo(name, _DATE), text)
