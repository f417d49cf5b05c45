# SPDX-License-Identifier: Apache-2.0
"""f-strings: conversions, format specs, nesting, debug form."""

name, n, x = "Bob", 42, 3.14159
print(f"{name} {n} {x}", f"", f"plain", f"{name}", f"{n}{n}")
print(f"{name!r} {name!s} {n!r} {'é'!a}")
print(f"{n:5}|{n:<5}|{n:>5}|{n:^5}|{n:05}|{n:+}|{n:x}|{n:#x}|{n:b}|{n:#010b}|{n:o}|{n:X}|{n:,}|{1234567:_}")
print(f"{x:.2f}|{x:8.3f}|{x:<8.1f}|{x:e}|{x:g}|{x:.0f}|{x:+.1f}|{1e6:,.2f}|{0.5:%}|{0.256:.1%}")
print(f"{name:>10}|{name:<10}|{name:^10}|{name:*^9}|{name:.2}|{'':5}|")
w, p = 10, 2
print(f"{x:{w}.{p}f}|{name:>{w}}|{n:0{w}d}")
print(f"{n=} {x = :.1f} {name=!s} {n + 1=}")
print(f"{{literal}} {n} {{{n}}}")
print(f"{[i * i for i in range(4)]} { {'a': 1}['a'] } {max(1, 2)} {name.upper()} {name[0]}")
print(f"{n if n > 10 else 0} {(lambda q: q + 1)(n)} {True} {None} {not n}")
print(f"{'nested ' + f'{n}' + ' done'}")
print(f"a{n}b")
print(
    f"{1}{2}{3}{4}{5}{6}{7}{8}{9}{10}{11}{12}{13}{14}{15}{16}{17}{18}{19}{20}{21}{22}{23}{24}{25}{26}{27}{28}{29}{30}"
    f"{1}{2}{3}{4}{5}{6}{7}{8}{9}{10}{11}{12}{13}{14}{15}{16}{17}{18}{19}{20}{21}{22}{23}{24}{25}{26}{27}{28}{29}{30}"
    f"{1}{2}{3}{4}{5}{6}{7}{8}{9}{10}{11}{12}{13}{14}{15}{16}{17}{18}{19}{20}{21}{22}{23}{24}{25}{26}{27}{28}{29}{30}"
)


class P:
    def __init__(self, v):
        self.v = v

    def __str__(self):
        return f"P({self.v})"

    def __repr__(self):
        return f"<P {self.v!r}>"

    def __format__(self, spec):
        return f"fmt[{spec}]{self.v}"


p = P(5)
print(f"{p} {p!r} {p!s} {p:abc}", str(p), repr(p), [p], "%s %r" % (p, p))
print(format(42, "05d"), format(3.5), format("x", ">3"))
try:
    f"{n:q}"
except ValueError as e:
    print("ValueError", e)
