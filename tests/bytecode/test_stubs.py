# SPDX-License-Identifier: Apache-2.0
"""The stubs that editors read say what the VM has: every member of every module, with the same arguments."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import vmrig_server.bytecode
from vmrig_server.bytecode import compile_source, run_on_host
from vmrig_server.bytecode.stand_ins import STAND_INS
from vmrig_server.bytecode.tables import Native, tables

STUBS = Path(vmrig_server.bytecode.__file__).parent / "stubs"
ANY = 255
ELSEWHERE = {"math", "builtins"}
"""CPython's stubs describe them."""


def modules() -> list[str]:
    return sorted(m for m in tables().modules if m not in ELSEWHERE and not m.startswith("_"))


def stub(module: str) -> ast.Module:
    return ast.parse((STUBS / f"{module}.pyi").read_text("utf-8"))


def members(module: str) -> dict[str, Native]:
    prefix = module + "."
    return {n.removeprefix(prefix): native for n, native in tables().natives.items() if n.startswith(prefix)}


def arity(function: ast.FunctionDef, *, bound: bool = False) -> tuple[int, int]:
    """Least and most positional arguments."""
    a = function.args
    count = len(a.posonlyargs) + len(a.args) - bound
    return count - len(a.defaults), ANY if a.vararg else count


def described(module: str) -> dict[str, ast.stmt]:
    """By name; what a class that is no type of the VM has is a member with a dot, `implementation.name`."""
    found: dict[str, ast.stmt] = {}
    for node in stub(module).body:
        if isinstance(node, ast.ClassDef) and node.name not in members(module):
            found |= {
                f"{node.name}.{inner.target.id}": inner
                for inner in node.body
                if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name)
            }
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return found


@pytest.mark.parametrize("module", modules())
def test_a_stub_has_every_member_with_the_vms_arguments(module: str) -> None:
    has, ours = members(module), STAND_INS.get(module, frozenset())
    told = {name: node for name, node in described(module).items() if name not in ours}
    assert set(told) == set(has)
    for name, node in told.items():
        native = has[name]
        if isinstance(node, ast.FunctionDef):
            assert (native.kind, *arity(node)) == ("function", native.min_args, native.max_args), name
        elif isinstance(node, ast.AnnAssign):
            assert native.kind in ("int", "float", "expression"), name
        elif isinstance(node, ast.ClassDef) and native.kind == "type":
            (init,) = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
            assert arity(init, bound=True)[1] == native.max_args, name
        else:
            assert native.kind == "exception", name


@pytest.mark.parametrize("module", modules())
def test_everything_in_a_stub_is_documented(module: str) -> None:
    tree = stub(module)
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name != "__init__":
            assert ast.get_docstring(node), f"{module}.{node.name}"


MAKE = {
    "I2C": "I2C(1, 2)",
    "SPI": "SPI(1)",
    "UART": "UART()",
    "ADC": "ADC(1)",
    "PWM": "PWM(1)",
    "Struct": "Struct('')",
    "array": "array('i')",
}


def methods() -> list[tuple[str, str, ast.FunctionDef]]:
    return [
        (module, name, method)
        for module in modules()
        for name, node in described(module).items()
        if isinstance(node, ast.ClassDef) and members(module)[name].kind == "type"
        for method in node.body
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("__")  # those are operators
    ]


@pytest.mark.parametrize(("module", "type_name", "method"), methods(), ids=lambda v: getattr(v, "name", v))
def test_a_method_takes_as_many_arguments_as_its_stub_says(
    module: str, type_name: str, method: ast.FunctionDef
) -> None:
    least, most = arity(method, bound=True)
    source = f"import {module}\nobject = {module}.{MAKE[type_name]}\n"
    any_number = most == 255
    for count in sorted({least, max(least - 1, 0)} | (set() if any_number else {most, most + 1})):
        call = f"object.{method.name}({', '.join(['0'] * count)})"
        source += f"try:\n    {call}\n    print({count}, '')\nexcept Exception as e:\n    print({count}, e)\n"
    out = bytearray()
    run_on_host(compile_source(source, "t.py").image, write=out.extend)
    for line in out.decode().splitlines():
        count, _, error = line.partition(" ")
        refused = method.name in error and ("expected" in error or "takes" in error)
        assert refused is not (least <= int(count) <= most), line


def test_every_module_is_in_the_library_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "library.md").read_text("utf-8")
    for module in modules():
        assert f"## {module}\n" in page, module
        for name in members(module):
            assert re.search(rf"\b{name}\b", page), f"{module}.{name}"
