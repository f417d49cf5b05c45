# SPDX-License-Identifier: Apache-2.0
"""date of the module datetime, and what its format codes mean."""

from _timedelta import offset_text, timedelta

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = "January February March April May June July August September October November December".split()
_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def is_leap(year):
    """Whether it has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(year, month):
    """How many days the month has."""
    return 29 if month == 2 and is_leap(year) else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _day_of_year(year, month, day):
    return _BEFORE[month - 1] + (month > 2 and is_leap(year)) + day


def ordinal_of(year, month, day):
    """1 is 1 January of the year 1."""
    y = year - 1
    return y * 365 + y // 4 - y // 100 + y // 400 + _day_of_year(year, month, day)


def of_ordinal(n):
    """(year, month, day)"""
    cycles, n = divmod(n - 1, 146097)  # days of 400 years
    centuries = min(n // 36524, 3)
    n -= centuries * 36524
    fours, n = divmod(n, 1461)
    years = min(n // 365, 3)
    n -= years * 365
    year = cycles * 400 + centuries * 100 + fours * 4 + years + 1
    month = n // 32 + 1
    n += 1
    while month < 12 and n > _day_of_year(year, month, days_in(year, month)):
        month += 1
    return year, month, n - _day_of_year(year, month, 0)


def check_date(year, month, day):
    """Raises ValueError when there is no such day."""
    for value in (year, month, day):
        if not isinstance(value, int):
            raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
    if not 1 <= year <= 9999:
        raise ValueError(f"year {year} is out of range")
    if not 1 <= month <= 12:
        raise ValueError("month must be in 1..12")
    if not 1 <= day <= days_in(year, month):
        raise ValueError("day is out of range for month")


def _code(t, code):
    """What one format code stands for. `t` has year to microsecond, weekday() and utcoffset()."""
    ordinal = _day_of_year(t.year, t.month, t.day)
    weekday = t.weekday()
    if code == "a":
        return DAYS[weekday][:3]
    if code == "A":
        return DAYS[weekday]
    if code in "bh":
        return MONTHS[t.month - 1][:3]
    if code == "B":
        return MONTHS[t.month - 1]
    if code == "I":
        return f"{(t.hour - 1) % 12 + 1:02}"
    if code == "p":
        return "PM" if t.hour > 11 else "AM"
    if code == "f":
        return f"{t.microsecond:06}"
    if code == "j":
        return f"{ordinal:03}"
    if code == "U":
        return f"{(ordinal + 6 - (weekday + 1) % 7) // 7:02}"
    if code == "W":
        return f"{(ordinal + 6 - weekday) // 7:02}"
    if code == "w":
        return str((weekday + 1) % 7)
    if code == "u":
        return str(weekday + 1)
    if code in "GV":
        year, week, _ = date(t.year, t.month, t.day).isocalendar()
        return str(year) if code == "G" else f"{week:02}"
    if code == "z":
        return offset_text(t.utcoffset(), "")
    if code == "Z":
        return t.tzname() or ""
    if code == "s":
        return str((ordinal_of(t.year, t.month, t.day) - 719163) * 86400 + t.hour * 3600 + t.minute * 60 + t.second)
    return {"n": "\n", "t": "\t", "%": "%"}.get(code, "%" + code)


_WIDE = {
    "c": "%a %b %e %H:%M:%S %Y",
    "x": "%m/%d/%y",
    "D": "%m/%d/%y",
    "X": "%H:%M:%S",
    "T": "%H:%M:%S",
    "F": "%Y-%m-%d",
    "R": "%H:%M",
    "r": "%I:%M:%S %p",
}


def formatted(t, format):
    """strftime()"""
    out = []
    at = 0
    while True:
        place = format.find("%", at)
        if place < 0 or place + 1 == len(format):
            out.append(format[at:])
            return "".join(out)
        out.append(format[at:place])
        code = format[place + 1]
        at = place + 2
        if code in "mdHMSye":
            number = {
                "m": t.month,
                "d": t.day,
                "H": t.hour,
                "M": t.minute,
                "S": t.second,
                "y": t.year % 100,
                "e": t.day,
            }[code]
            out.append(f"{number:2}" if code == "e" else f"{number:02}")
        elif code == "Y":
            out.append(str(t.year))
        elif code in _WIDE:
            out.append(formatted(t, _WIDE[code]))
        else:
            out.append(_code(t, code))


def shown_name(t):
    """Of its class, for the repr."""
    name = t.__class__.__qualname__
    return "datetime." + name if name in ("date", "time", "datetime") else name


class IsoCalendarDate(tuple):
    """(year, week, weekday) of ISO 8601."""

    year = property(lambda self: self[0])
    week = property(lambda self: self[1])
    weekday = property(lambda self: self[2])

    def __repr__(self):
        return "datetime.IsoCalendarDate(year=%d, week=%d, weekday=%d)" % self


class date:
    """A day of the Gregorian calendar."""

    def __init__(self, year, month, day):
        check_date(year, month, day)
        self.year = year
        self.month = month
        self.day = day

    hour = minute = second = microsecond = 0  # for formatted()

    def utcoffset(self):
        """None: a day has no time zone."""
        return None

    def tzname(self):
        """None."""
        return None

    @classmethod
    def fromtimestamp(cls, timestamp):
        """The day of a time since 1970-01-01 in seconds, in UTC."""
        return cls.fromordinal(719163 + int(timestamp // 86400))

    @classmethod
    def today(cls):
        """The day by time.time()."""
        import time

        return cls.fromtimestamp(time.time())

    @classmethod
    def fromordinal(cls, n):
        """The n-th day since the first of the year 1."""
        if n < 1:
            raise ValueError("ordinal must be >= 1")
        return cls(*of_ordinal(n))

    @classmethod
    def fromisoformat(cls, date_string):
        """YYYY-MM-DD, YYYYMMDD, or with the number of a week: 2024-W05-2."""
        if not isinstance(date_string, str):
            raise TypeError("fromisoformat: argument must be str")
        try:
            return cls(*iso_date(date_string))
        except ValueError as e:
            if "range" in str(e) or "month must" in str(e):
                raise
            raise ValueError(f"Invalid isoformat string: {date_string!r}") from None

    @classmethod
    def fromisocalendar(cls, year, week, day):
        """The day of a week."""
        first = ordinal_of(year, 1, 4)
        monday = first - (first + 6) % 7
        if not 1 <= week <= 53 or (
            week == 53 and ordinal_of(year + 1, 1, 4) - (ordinal_of(year + 1, 1, 4) + 6) % 7 - monday < 371
        ):
            raise ValueError(f"Invalid week: {week}")
        if not 1 <= day <= 7:
            raise ValueError(f"Invalid weekday: {day} (range is [1, 7])")
        return cls.fromordinal(monday + 7 * (week - 1) + day - 1)

    def toordinal(self):
        """Days since the last before the year 1."""
        return ordinal_of(self.year, self.month, self.day)

    def weekday(self):
        """0 is Monday."""
        return (self.toordinal() + 6) % 7

    def isoweekday(self):
        """1 is Monday."""
        return self.weekday() + 1

    def isocalendar(self):
        """(year, week, weekday) of ISO 8601."""
        thursday = self.toordinal() - self.weekday() + 3
        year, _, _ = of_ordinal(thursday)
        return IsoCalendarDate((year, (thursday - ordinal_of(year, 1, 1)) // 7 + 1, self.weekday() + 1))

    def timetuple(self):
        """The nine numbers of time.struct_time."""
        dst = -1
        ordinal = _day_of_year(self.year, self.month, self.day)
        return (self.year, self.month, self.day, self.hour, self.minute, self.second, self.weekday(), ordinal, dst)

    def ctime(self):
        """Sat Jan  2 03:04:05 2021"""
        return formatted(self, "%a %b %e %H:%M:%S %Y")

    def strftime(self, format):
        """A text by format codes."""
        return formatted(self, format)

    def __format__(self, spec):
        return self.strftime(spec) if spec else str(self)

    def isoformat(self):
        """YYYY-MM-DD"""
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    def __str__(self):
        return self.isoformat()

    def __repr__(self):
        return f"{shown_name(self)}({self.year}, {self.month}, {self.day})"

    def replace(self, year=None, month=None, day=None):
        """The same but for what is told."""
        return type(self)(
            self.year if year is None else year,
            self.month if month is None else month,
            self.day if day is None else day,
        )

    def __add__(self, other):
        if isinstance(other, timedelta):
            n = self.toordinal() + other.days
            if 0 < n <= 3652059:
                return type(self).fromordinal(n)
            raise OverflowError("date value out of range")
        return NotImplemented

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return self + timedelta(-other.days)
        if isinstance(other, date):
            return timedelta(self.toordinal() - other.toordinal())
        return NotImplemented

    def _key(self):
        return self.year, self.month, self.day

    def _order(self, other):
        """The keys of both, or None when they do not go together."""
        if isinstance(other, date) and not hasattr(other, "tzinfo"):
            return self._key(), other._key()
        return None

    def __eq__(self, other):
        keys = self._order(other)
        return NotImplemented if keys is None else keys[0] == keys[1]

    def __lt__(self, other):
        keys = self._order(other)
        return NotImplemented if keys is None else keys[0] < keys[1]

    def __le__(self, other):
        keys = self._order(other)
        return NotImplemented if keys is None else keys[0] <= keys[1]

    def __gt__(self, other):
        keys = self._order(other)
        return NotImplemented if keys is None else keys[0] > keys[1]

    def __ge__(self, other):
        keys = self._order(other)
        return NotImplemented if keys is None else keys[0] >= keys[1]

    def __hash__(self):
        return hash(self._key())


def iso_date(text):
    """(year, month, day) of a day as ISO 8601 writes it."""
    plain = text.replace("-", "")
    if not text.isascii():
        raise ValueError
    if "W" in text:
        year, week = int(plain[:4]), int(plain[5:7])
        if len(text) not in (7, 8, 8, 10) or (len(plain) != 8 and len(plain) != 7):
            raise ValueError
        made = date.fromisocalendar(year, week, int(plain[7:]) if len(plain) == 8 else 1)
        return made.year, made.month, made.day
    if (
        len(plain) != 8
        or not plain.isdigit()
        or not (len(text) == 8 or (len(text) == 10 and text[4] == text[7] == "-"))
    ):
        raise ValueError
    return int(plain[:4]), int(plain[4:6]), int(plain[6:])


date.min = date(1, 1, 1)
date.max = date(9999, 12, 31)
date.resolution = timedelta(1)
