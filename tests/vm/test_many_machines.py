# SPDX-License-Identifier: Apache-2.0
"""Many VMs in a process, each in a thread of its own."""

from __future__ import annotations

import threading

from vmrig_native import _vm

from vmrig_server.bytecode import compile_source


def test_a_vm_is_stopped_from_another_thread_while_it_runs() -> None:
    said = threading.Event()
    vm = _vm.Vm(compile_source("print('on')\nwhile True:\n    pass\n", "t.py").image, write=lambda _: said.set())
    ended: list[int] = []
    thread = threading.Thread(target=lambda: ended.append(vm.run(1 << 60)[0]))
    thread.start()
    assert said.wait(10)
    vm.stop()
    thread.join(10)
    assert ended == [_vm.DONE]


def test_vms_in_many_threads_keep_their_peripherals_apart() -> None:
    class Parts:
        def __init__(self, level: int) -> None:
            self.level = level

        def adc_read(self, pin: int) -> int:
            return self.level

    source = "from adc import ADC\na = ADC(1)\nsum = 0\nfor i in range(500):\n    sum += a.read_u16()\nprint(sum)\n"
    image = compile_source(source, "t.py").image
    out = [bytearray() for _ in range(8)]

    def run(n: int) -> None:
        vm = _vm.Vm(image, write=lambda data: out[n].extend(data), peripherals=Parts(n))
        while vm.run()[0] != _vm.DONE:
            pass

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [bytes(data) for data in out] == [b"%d\n" % (500 * n) for n in range(8)]
