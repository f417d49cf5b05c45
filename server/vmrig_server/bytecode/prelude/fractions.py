# SPDX-License-Identifier: Apache-2.0
"""Ratios of ints."""

from math import gcd


def _digits(text):
    """The digits of a number as it is written, with underscores between them; ValueError otherwise."""
    if not text.replace("_", "").isdecimal() or text[0] == "_" or text[-1] == "_" or "__" in text:
        raise ValueError
    return text.replace("_", "")


def _parsed(text):
    """(numerator, denominator) of "3/4", "-1.25", "1e-3"."""
    bare = text.strip()
    try:
        sign = -1 if bare[:1] == "-" else 1
        body = bare[1:] if bare[:1] in ("-", "+") else bare
        top, slash, bottom = body.partition("/")
        if slash:
            return sign * int(_digits(top)), int(_digits(bottom))
        mantissa, e, exponent = body.lower().partition("e")
        whole, dot, fraction = mantissa.partition(".")
        fraction = _digits(fraction) if fraction else ""
        if not whole and not fraction:
            raise ValueError
        numerator = int((_digits(whole) if whole else "") + fraction)
        power = -len(fraction)
        if e:
            negative = exponent[:1] == "-"
            power += int(_digits(exponent[exponent[:1] in ("-", "+") :])) * (-1 if negative else 1)
        return sign * numerator * 10 ** max(power, 0), 10 ** max(-power, 0)
    except (ValueError, IndexError):
        raise ValueError(f"Invalid literal for Fraction: {text!r}") from None


def _made(numerator, denominator):
    """Of a ratio that may be shortened."""
    common = gcd(numerator, denominator)
    self = Fraction.__new__(Fraction)
    if denominator < 0:
        common = -common
    self.numerator = numerator // common
    self.denominator = denominator // common
    return self


class Fraction:
    """numerator / denominator, in the lowest terms."""

    def __init__(self, numerator=0, denominator=None):
        if denominator is None:
            if isinstance(numerator, int):
                numerator, denominator = numerator, 1
            elif isinstance(numerator, Fraction):
                numerator, denominator = numerator.numerator, numerator.denominator
            elif isinstance(numerator, float):
                numerator, denominator = numerator.as_integer_ratio()
            elif isinstance(numerator, str):
                numerator, denominator = _parsed(numerator)
                if denominator == 0:
                    raise ZeroDivisionError(f"Fraction({numerator}, 0)")
            else:
                raise TypeError("argument should be a string or a Rational instance")
        elif isinstance(numerator, (int, Fraction)) and isinstance(denominator, (int, Fraction)):
            numerator, denominator = (
                numerator.numerator * denominator.denominator,
                denominator.numerator * numerator.denominator,
            )
        else:
            raise TypeError("both arguments should be Rational instances")
        if denominator == 0:
            raise ZeroDivisionError(f"Fraction({numerator}, 0)")
        common = gcd(numerator, denominator)
        if denominator < 0:
            common = -common
        self.numerator = int(numerator) // common
        self.denominator = int(denominator) // common

    @classmethod
    def from_float(cls, f):
        """Exactly."""
        return cls(*f.as_integer_ratio()) if isinstance(f, float) else cls(f)

    def limit_denominator(self, max_denominator=1000000):
        """The nearest one with a denominator of at most that."""
        if max_denominator < 1:
            raise ValueError("max_denominator should be at least 1")
        if self.denominator <= max_denominator:
            return self
        p0, q0, p1, q1 = 0, 1, 1, 0
        n, d = self.numerator, self.denominator
        while True:
            a = n // d
            q2 = q0 + a * q1
            if q2 > max_denominator:
                break
            p0, q0, p1, q1 = p1, q1, p0 + a * p1, q2
            n, d = d, n - a * d
        k = (max_denominator - q0) // q1
        if 2 * d * (q0 + k * q1) <= self.denominator:
            return _made(p1, q1)
        return _made(p0 + k * p1, q0 + k * q1)

    def as_integer_ratio(self):
        """(numerator, denominator)"""
        return self.numerator, self.denominator

    def is_integer(self):
        """Whether the denominator is 1."""
        return self.denominator == 1

    def _with(self, other, exact, approximate, turned=False):
        """An operator with an int or a Fraction, or with a float."""
        if isinstance(other, float):
            a = self.numerator / self.denominator
            return approximate(other, a) if turned else approximate(a, other)
        if not isinstance(other, (int, Fraction)):
            return NotImplemented
        a, b, c, d = self.numerator, self.denominator, other.numerator, other.denominator
        return exact(c, d, a, b) if turned else exact(a, b, c, d)

    def __add__(self, other):
        return self._with(other, lambda a, b, c, d: _made(a * d + c * b, b * d), lambda x, y: x + y)

    __radd__ = __add__

    def __sub__(self, other, turned=False):
        return self._with(other, lambda a, b, c, d: _made(a * d - c * b, b * d), lambda x, y: x - y, turned)

    def __rsub__(self, other):
        return self.__sub__(other, True)

    def __mul__(self, other):
        return self._with(other, lambda a, b, c, d: _made(a * c, b * d), lambda x, y: x * y)

    __rmul__ = __mul__

    def __truediv__(self, other, turned=False):
        def quotient(a, b, c, d):
            if c == 0:
                raise ZeroDivisionError(f"Fraction({a * d}, 0)")
            return _made(a * d, b * c)

        return self._with(other, quotient, lambda x, y: x / y, turned)

    def __rtruediv__(self, other):
        return self.__truediv__(other, True)

    def __floordiv__(self, other, turned=False):
        return self._with(other, lambda a, b, c, d: a * d // (b * c), lambda x, y: x // y, turned)

    def __rfloordiv__(self, other):
        return self.__floordiv__(other, True)

    def __mod__(self, other, turned=False):
        return self._with(other, lambda a, b, c, d: _made(a * d % (c * b), b * d), lambda x, y: x % y, turned)

    def __rmod__(self, other):
        return self.__mod__(other, True)

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __pow__(self, other):
        if isinstance(other, Fraction) and other.denominator == 1:
            other = other.numerator
        if isinstance(other, int):
            if other >= 0:
                return _made(self.numerator**other, self.denominator**other)
            if self.numerator == 0:
                raise ZeroDivisionError(f"Fraction({self.denominator**-other}, 0)")
            return _made(self.denominator**-other, self.numerator**-other)
        return float(self) ** float(other)

    def __rpow__(self, other):
        if self.denominator == 1:
            return other**self.numerator
        return other ** float(self)

    def __pos__(self):
        return self

    def __neg__(self):
        return _made(-self.numerator, self.denominator)

    def __abs__(self):
        return _made(abs(self.numerator), self.denominator)

    def __int__(self):
        a, b = self.numerator, self.denominator
        return -(-a // b) if a < 0 else a // b

    __trunc__ = __int__

    def __float__(self):
        return self.numerator / self.denominator

    def __floor__(self):
        return self.numerator // self.denominator

    def __ceil__(self):
        return -(-self.numerator // self.denominator)

    def __round__(self, ndigits=None):
        if ndigits is None:
            floor, rest = divmod(self.numerator, self.denominator)
            if rest * 2 != self.denominator:
                return floor + (rest * 2 > self.denominator)
            return floor + floor % 2
        shift = 10 ** abs(ndigits)
        if ndigits > 0:
            return _made(round(self * shift), shift)
        return _made(round(self / shift) * shift, 1)

    def __hash__(self):
        return hash(self.numerator) if self.denominator == 1 else hash((self.numerator, self.denominator))

    def _order(self, other):
        """Below 0, 0 or above 0; None: they do not go together."""
        if isinstance(other, float):
            a = self.numerator / self.denominator
            return (a > other) - (a < other)
        if not isinstance(other, (int, Fraction)):
            return None
        return self.numerator * other.denominator - other.numerator * self.denominator

    def __eq__(self, other):
        d = self._order(other)
        return NotImplemented if d is None else d == 0

    def __lt__(self, other):
        d = self._order(other)
        return NotImplemented if d is None else d < 0

    def __le__(self, other):
        d = self._order(other)
        return NotImplemented if d is None else d <= 0

    def __gt__(self, other):
        d = self._order(other)
        return NotImplemented if d is None else d > 0

    def __ge__(self, other):
        d = self._order(other)
        return NotImplemented if d is None else d >= 0

    def __bool__(self):
        return self.numerator != 0

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"{self.__class__.__name__}({self.numerator}, {self.denominator})"

    def __str__(self):
        return str(self.numerator) if self.denominator == 1 else f"{self.numerator}/{self.denominator}"
