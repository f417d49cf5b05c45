# SPDX-License-Identifier: Apache-2.0
"""Functions of math give the float nearest to the true result, whichever way it was found."""

import random
from decimal import Decimal, localcontext

from vmrig_server.bytecode import compile_source, run_on_host

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")
NEAR = [1e-29, 3e-17, 1e-8, 1e-5, 0.125, 0.249999, 0.25, 0.7071067811865475, 0.7071067811865476, 0.9999999999999999]
NEAR += [1.0, 1.0000000000000002, 1.5707963267948966, 3.141592653589793, 6.283185307179586, 355.0, 524288.5]


def sine_and_cosine(x: Decimal) -> tuple[Decimal, Decimal]:
    x -= 2 * PI * (x / (2 * PI)).to_integral_value()
    parts = [Decimal(0)] * 4
    term, k = Decimal(1), 0
    while k < 4 or abs(term) > Decimal(10) ** -45 * abs(x):
        parts[k % 4] += term
        k += 1
        term = term * x / k
    return parts[1] - parts[3], parts[0] - parts[2]


def arctangent(x: Decimal) -> Decimal:
    if x < 0:
        return -arctangent(-x)
    if x > 1:
        return PI / 2 - arctangent(1 / x)
    halved = 0
    while x > Decimal("0.02"):
        x /= 1 + (1 + x * x).sqrt()
        halved += 1
    total, term, k = Decimal(0), x, 1
    while abs(term) > Decimal(10) ** -45 * x:
        total += term / k
        term *= -x * x
        k += 2
    return total * 2**halved


def test_sin_cos_exp_log_and_arctangents_are_rounded_correctly() -> None:
    rnd = random.Random(20)
    xs = NEAR + [-x for x in NEAR] + [rnd.uniform(-10, 10) for _ in range(120)]
    xs += [rnd.uniform(-1, 1) * 2.0 ** rnd.randint(-30, 18) for _ in range(120)]
    lines = ["import math", f"for x in {xs!r}:"]
    lines += [
        "    print(math.sin(x), math.cos(x), math.exp(min(x, 700.0)), math.log(abs(x)), math.atan(x), math.atan2(x, -3.0))"
    ]
    said = bytearray()
    run_on_host(compile_source("\n".join(lines), "m.py").image, write=said.extend, heap_size=1 << 18)
    printed = said.decode().splitlines()
    wrong = []
    with localcontext() as context:
        context.prec = 55
        for x, line in zip(xs, printed, strict=False):
            d = Decimal(x)
            behind = arctangent(d / -3)
            wanted = [*sine_and_cosine(d), min(d, Decimal(700)).exp(), abs(d).ln(), arctangent(d)]
            wanted.append(behind + PI if x >= 0 else behind - PI)
            if line.split() != [repr(float(w)) for w in wanted]:
                wrong.append((x, line, [float(w) for w in wanted]))
    assert len(printed) == len(xs)
    assert not wrong
