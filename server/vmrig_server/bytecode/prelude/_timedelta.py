# SPDX-License-Identifier: Apache-2.0
"""timedelta, tzinfo and timezone of the module datetime."""

_DAY = 86_400_000_000  # microseconds


def _micros(d):
    return d.days * _DAY + d.seconds * 1_000_000 + d.microseconds


def _rounded(number, divisor):
    """number / divisor, halves to even."""
    q, r = divmod(number, divisor)
    twice = 2 * r if divisor > 0 else -2 * r
    if twice > abs(divisor) or (twice == abs(divisor) and q & 1):
        q += 1
    return q


class timedelta:
    """A time between two times: days, seconds 0 to 86399 and microseconds 0 to 999999."""

    def __init__(self, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0):
        total, rest = 0, 0.0
        for value, unit in (
            (days, _DAY),
            (seconds, 1_000_000),
            (microseconds, 1),
            (milliseconds, 1000),
            (minutes, 60_000_000),
            (hours, 3_600_000_000),
            (weeks, 7 * _DAY),
        ):
            if isinstance(value, float):
                whole = int(value)
                rest += (value - whole) * unit
                value = whole
            total += value * unit
        if rest:
            n, d = rest.as_integer_ratio()
            total = _rounded(total * d + n, d)
        self.days, left = divmod(total, _DAY)
        self.seconds, self.microseconds = divmod(left, 1_000_000)
        if abs(self.days) > 999999999:
            raise OverflowError(f"days={self.days}; must have magnitude <= 999999999")

    def total_seconds(self):
        """As a float."""
        return _micros(self) / 1_000_000

    def __add__(self, other):
        if isinstance(other, timedelta):
            return timedelta(0, 0, _micros(self) + _micros(other))
        return NotImplemented

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return timedelta(0, 0, _micros(self) - _micros(other))
        return NotImplemented

    def __neg__(self):
        return timedelta(0, 0, -_micros(self))

    def __pos__(self):
        return self

    def __abs__(self):
        return -self if self.days < 0 else self

    def __mul__(self, other):
        if isinstance(other, int):
            return timedelta(0, 0, _micros(self) * other)
        if isinstance(other, float):
            n, d = other.as_integer_ratio()
            return timedelta(0, 0, _rounded(_micros(self) * n, d))
        return NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other):
        if isinstance(other, timedelta):
            return _micros(self) / _micros(other)
        if isinstance(other, int):
            return timedelta(0, 0, _rounded(_micros(self), other))
        if isinstance(other, float):
            n, d = other.as_integer_ratio()
            return timedelta(0, 0, _rounded(_micros(self) * d, n))
        return NotImplemented

    def __floordiv__(self, other):
        if isinstance(other, timedelta):
            return _micros(self) // _micros(other)
        if isinstance(other, int):
            return timedelta(0, 0, _micros(self) // other)
        return NotImplemented

    def __mod__(self, other):
        if isinstance(other, timedelta):
            return timedelta(0, 0, _micros(self) % _micros(other))
        return NotImplemented

    def __divmod__(self, other):
        if isinstance(other, timedelta):
            q, r = divmod(_micros(self), _micros(other))
            return q, timedelta(0, 0, r)
        return NotImplemented

    def __eq__(self, other):
        return _micros(self) == _micros(other) if isinstance(other, timedelta) else NotImplemented

    def __lt__(self, other):
        return _micros(self) < _micros(other) if isinstance(other, timedelta) else NotImplemented

    def __le__(self, other):
        return _micros(self) <= _micros(other) if isinstance(other, timedelta) else NotImplemented

    def __gt__(self, other):
        return _micros(self) > _micros(other) if isinstance(other, timedelta) else NotImplemented

    def __ge__(self, other):
        return _micros(self) >= _micros(other) if isinstance(other, timedelta) else NotImplemented

    def __hash__(self):
        return hash((self.days, self.seconds, self.microseconds))

    def __bool__(self):
        return bool(self.days or self.seconds or self.microseconds)

    def __repr__(self):
        parts = [
            f"{n}={v}"
            for n, v in (("days", self.days), ("seconds", self.seconds), ("microseconds", self.microseconds))
            if v
        ]
        return f"datetime.timedelta({', '.join(parts) or '0'})"

    def __str__(self):
        minutes, seconds = divmod(self.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days = f"{self.days} day{'s' if abs(self.days) != 1 else ''}, " if self.days else ""
        fraction = f".{self.microseconds:06}" if self.microseconds else ""
        return f"{days}{hours}:{minutes:02}:{seconds:02}{fraction}"


timedelta.min = timedelta(-999999999)
timedelta.max = timedelta(999999999, 86399, 999999)
timedelta.resolution = timedelta(0, 0, 1)


def offset_text(offset, colon=":"):
    """+01:00, with seconds where there are some."""
    if offset is None:
        return ""
    total = _micros(offset)
    sign = "-" if total < 0 else "+"
    seconds, micros = divmod(abs(total), 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{sign}{hours:02}{colon}{minutes:02}"
    if seconds or micros:
        text += f"{colon}{seconds:02}" + (f".{micros:06}" if micros else "")
    return text


class tzinfo:
    """A base of time zones: utcoffset(), dst() and tzname() of a datetime."""

    def utcoffset(self, dt):
        """What is to be added to UTC."""
        raise NotImplementedError("a tzinfo subclass must implement utcoffset()")

    def dst(self, dt):
        """What of that is summer time."""
        raise NotImplementedError("a tzinfo subclass must implement dst()")

    def tzname(self, dt):
        """Its name."""
        raise NotImplementedError("a tzinfo subclass must implement tzname()")

    def fromutc(self, dt):
        """The time here when it is `dt` in UTC."""
        return dt + self.utcoffset(dt)


class timezone(tzinfo):
    """A zone with one offset."""

    def __init__(self, offset, name=None):
        if not isinstance(offset, timedelta):
            raise TypeError("offset must be a timedelta")
        if not -_DAY < _micros(offset) < _DAY:
            raise ValueError(
                f"offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {offset!r}."
            )
        self._offset = offset
        self._name = name

    def utcoffset(self, dt):
        """What is to be added to UTC."""
        return self._offset

    def dst(self, dt):
        """None."""
        return None

    def tzname(self, dt):
        """Its name."""
        return self._name if self._name is not None else str(self) if self._offset else "UTC"

    def __eq__(self, other):
        return self._offset == other._offset if isinstance(other, timezone) else NotImplemented

    def __hash__(self):
        return hash(self._offset)

    def __str__(self):
        if self._name is not None:
            return self._name
        return "UTC" + offset_text(self._offset) if self._offset else "UTC"

    def __repr__(self):
        if self is timezone.utc:
            return "datetime.timezone.utc"
        name = "" if self._name is None else f", {self._name!r}"
        return f"datetime.timezone({self._offset!r}{name})"


timezone.utc = timezone(timedelta(0))
timezone.min = timezone(-timedelta(0, 86340))
timezone.max = timezone(timedelta(0, 86340))
UTC = timezone.utc
