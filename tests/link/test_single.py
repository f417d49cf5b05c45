# SPDX-License-Identifier: Apache-2.0
"""The VM as no parameter but a place that all know: what of the source of an image is rewritten."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("vmimages_single", ROOT / "vmimages" / "single.py")
assert spec and spec.loader
single = importlib.util.module_from_spec(spec)
spec.loader.exec_module(single)

KNOWN = "typedef struct vm vm; int f(vm *vm, int a); int g(const vm *vm); struct w { vm *vm; };\n"


def rewritten(source: str) -> str:
    """What becomes of code behind these declarations, blanks left out."""
    whole = single.without_parameter(KNOWN + source)
    return "".join(whole[whole.index("};\n") + 3 :].split())


@pytest.mark.parametrize(
    ("source", "becomes"),
    [
        ("int h(vm *vm) { return f(vm, g(vm)); }", "inth(void){returnf(g());}"),
        ("int h(vm *vm) { return vm->a; }", "inth(void){returnvm_here()->a;}"),
        ("int h(struct w *w, int i) { return f(w[i + f(w->vm, 1)].vm, 2); }", "inth(structw*w,inti){returnf(2);}"),
        ("typedef int (*native)(vm *vm, int n);", "typedefint(*native)(intn);"),
        ("int h(vm *vm, native n) { return n(vm, 1); }", "inth(nativen){returnn(1);}"),
        ("int h(vm *vm, native *n) { return n[2](vm); }", "inth(native*n){returnn[2]();}"),
        ("void h(vm *vm) { memset(vm, 0, sizeof *vm); }", "voidh(void){memset(vm_here(),0,sizeof*vm_here());}"),
        ("int h(struct w *w) { return sizeof(vm) + sizeof *w->vm; }", "inth(structw*w){returnsizeof(vm)+sizeof*w->vm;}"),
        ("int h(vm *vm) { puts(\"f(vm, 'vm')\"); return 0; }", "inth(void){puts(\"f(vm,'vm')\");return0;}"),
    ],
)  # fmt: skip
def test_the_parameter_goes_from_declarations_and_calls(source: str, becomes: str) -> None:
    assert rewritten(source) == becomes


def test_a_function_that_uses_the_vm_often_has_it_in_a_register() -> None:
    assert (
        rewritten("int h(vm *vm) { return vm->a + vm->b + vm->c + g(vm); }")
        == "inth(void){structvm*vm=vm_here();returnvm->a+vm->b+vm->c+g();}"
    )
