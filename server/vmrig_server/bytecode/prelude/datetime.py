# SPDX-License-Identifier: Apache-2.0
"""Days and times: date, time, datetime, timedelta, timezone. The local time is UTC: a board knows no other."""

from _date import date, formatted, iso_date, shown_name
from _timedelta import UTC, offset_text, timedelta, timezone, tzinfo

MINYEAR = 1
MAXYEAR = 9999
_WIDTHS = {"hours": 2, "minutes": 5, "seconds": 8}


def _check_time(hour, minute, second, microsecond, zone):
    if not 0 <= hour <= 23:
        raise ValueError("hour must be in 0..23")
    if not 0 <= minute <= 59:
        raise ValueError("minute must be in 0..59")
    if not 0 <= second <= 59:
        raise ValueError("second must be in 0..59")
    if not 0 <= microsecond <= 999999:
        raise ValueError("microsecond must be in 0..999999")
    if zone is not None and not isinstance(zone, tzinfo):
        raise TypeError(f"tzinfo argument must be None or of a tzinfo subclass, not type '{type(zone).__name__}'")


def _iso_time(t, timespec):
    """HH:MM:SS.ffffff as far as asked for."""
    text = f"{t.hour:02}:{t.minute:02}:{t.second:02}.{t.microsecond:06}"
    if timespec == "auto":
        text = text if t.microsecond else text[:8]
    elif timespec == "milliseconds":
        text = text[:12]
    elif timespec != "microseconds":
        if timespec not in _WIDTHS:
            raise ValueError("Unknown timespec value")
        text = text[: _WIDTHS[timespec]]
    return text + offset_text(t.utcoffset())


def _parse_time(text):
    """[hour, minute, second, microsecond, zone] of an ISO 8601 time."""
    zone = None
    for i in range(1, len(text)):
        if text[i] in "+-Z":
            if text[i:] == "Z":
                zone = UTC
            else:
                hour, minute, second, micro, _ = _parse_time(text[i + 1 :])
                offset = timedelta(0, hour * 3600 + minute * 60 + second, micro)
                zone = timezone(-offset if text[i] == "-" else offset) if offset else UTC
            text = text[:i]
            break
    text, dot, fraction = text.replace(",", ".").partition(".")
    if dot and not fraction.isdigit():
        raise ValueError
    digits = text.replace(":", "")
    if (
        not digits.isdigit()
        or len(digits) not in (2, 4, 6)
        or (":" in text and (len(text) % 3 != 2 or text[2::3].strip(":")))
    ):
        raise ValueError
    parts = [int(digits[i : i + 2]) for i in range(0, len(digits), 2)] + [0, 0]
    return [*parts[:3], int((fraction + "000000")[:6]), zone]


class time:
    """A time of a day."""

    def __init__(self, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        _check_time(hour, minute, second, microsecond, tzinfo)
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.tzinfo = tzinfo
        self.fold = fold

    year, month, day = 1900, 1, 1  # for formatted()

    def weekday(self):
        """For format codes: that of 1900-01-01."""
        return 0

    @classmethod
    def fromisoformat(cls, time_string):
        """HH[:MM[:SS[.ffffff]]][+HH:MM]"""
        try:
            return cls(*_parse_time(time_string.lstrip("T")))
        except ValueError as e:
            if " must be " in str(e):
                raise
            raise ValueError(f"Invalid isoformat string: {time_string!r}") from None

    def utcoffset(self):
        """What is to be added to UTC, or None."""
        return None if self.tzinfo is None else self.tzinfo.utcoffset(None)

    def dst(self):
        """What of that is summer time."""
        return None if self.tzinfo is None else self.tzinfo.dst(None)

    def tzname(self):
        """The zone's name."""
        return None if self.tzinfo is None else self.tzinfo.tzname(None)

    def isoformat(self, timespec="auto"):
        """HH:MM:SS.ffffff+HH:MM"""
        return _iso_time(self, timespec)

    def strftime(self, format):
        """A text by format codes."""
        return formatted(self, format)

    def __format__(self, spec):
        return self.strftime(spec) if spec else str(self)

    def __str__(self):
        return self.isoformat()

    def __repr__(self):
        return f"{shown_name(self)}({_time_parts(self)})"

    def replace(self, hour=None, minute=None, second=None, microsecond=None, tzinfo=True, *, fold=None):
        """The same but for what is told."""
        return type(self)(
            self.hour if hour is None else hour,
            self.minute if minute is None else minute,
            self.second if second is None else second,
            self.microsecond if microsecond is None else microsecond,
            self.tzinfo if tzinfo is True else tzinfo,
            fold=self.fold if fold is None else fold,
        )

    def _micros(self):
        offset = self.utcoffset() or timedelta(0)
        return (
            ((self.hour * 60 + self.minute) * 60 + self.second) * 1_000_000
            + self.microsecond
            - round(offset.total_seconds()) * 1_000_000
        )

    def _less(self, other):
        if not isinstance(other, time):
            return None
        if (self.utcoffset() is None) != (other.utcoffset() is None):
            raise TypeError("can't compare offset-naive and offset-aware times")
        return self._micros() - other._micros()

    def __eq__(self, other):
        if not isinstance(other, time):
            return NotImplemented
        return (self.utcoffset() is None) == (other.utcoffset() is None) and self._micros() == other._micros()

    def __lt__(self, other):
        d = self._less(other)
        return NotImplemented if d is None else d < 0

    def __le__(self, other):
        d = self._less(other)
        return NotImplemented if d is None else d <= 0

    def __gt__(self, other):
        d = self._less(other)
        return NotImplemented if d is None else d > 0

    def __ge__(self, other):
        d = self._less(other)
        return NotImplemented if d is None else d >= 0

    def __hash__(self):
        return hash(self._micros())


def _time_parts(t):
    """Arguments for the repr."""
    text = f"{t.hour}, {t.minute}"
    if t.second or t.microsecond:
        text += f", {t.second}"
    if t.microsecond:
        text += f", {t.microsecond}"
    if t.fold:
        text += f", fold={t.fold}"
    if t.tzinfo is not None:
        text += f", tzinfo={t.tzinfo!r}"
    return text


time.min = time(0, 0, 0)
time.max = time(23, 59, 59, 999999)
time.resolution = timedelta(0, 0, 1)
_EPOCH = 719163


class datetime(date):
    """A day and a time of it."""

    def __init__(self, year, month=None, day=None, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        if month is None or day is None:
            raise TypeError(
                f"function missing required argument '{'month' if month is None else 'day'}' (pos {2 if month is None else 3})"
            )
        date.__init__(self, year, month, day)
        _check_time(hour, minute, second, microsecond, tzinfo)
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.tzinfo = tzinfo
        self.fold = fold

    @classmethod
    def _of_micros(cls, micros, zone=None):
        """From microseconds since the day before the year 1."""
        days, left = divmod(micros, 86_400_000_000)
        if not 0 < days <= 3652059:
            raise OverflowError("date value out of range")
        seconds, micro = divmod(left, 1_000_000)
        day = date.fromordinal(days)
        return cls(day.year, day.month, day.day, seconds // 3600, seconds // 60 % 60, seconds % 60, micro, zone)

    def _micros(self):
        return (
            self.toordinal() * 86400 + (self.hour * 60 + self.minute) * 60 + self.second
        ) * 1_000_000 + self.microsecond

    def _utc_micros(self):
        offset = self.utcoffset()
        return self._micros() - (
            0 if offset is None else (offset.days * 86400 + offset.seconds) * 1_000_000 + offset.microseconds
        )

    @classmethod
    def fromtimestamp(cls, timestamp, tz=None):
        """The time so many seconds after 1970-01-01 in UTC."""
        made = cls._of_micros(_EPOCH * 86_400_000_000 + round(timestamp * 1_000_000), tz)
        return made if tz is None else tz.fromutc(made)

    @classmethod
    def utcfromtimestamp(cls, timestamp):
        """The same without a zone."""
        return cls.fromtimestamp(timestamp)

    @classmethod
    def now(cls, tz=None):
        """By time.time()."""
        from time import time

        return cls.fromtimestamp(time(), tz)

    @classmethod
    def utcnow(cls):
        """now() without a zone."""
        return cls.now()

    @classmethod
    def combine(cls, date, time, tzinfo=True):
        """A day and a time."""
        zone = time.tzinfo if tzinfo is True else tzinfo
        return cls(
            date.year, date.month, date.day, time.hour, time.minute, time.second, time.microsecond, zone, fold=time.fold
        )

    @classmethod
    def fromisoformat(cls, date_string):
        """YYYY-MM-DD[*HH[:MM[:SS[.ffffff]]][+HH:MM]]"""
        if not isinstance(date_string, str):
            raise TypeError("fromisoformat: argument must be str")
        try:
            end = 10 if date_string[4:5] == "-" else 8
            if "W" in date_string[:6]:
                end = 8 if date_string[4:5] == "-" else 7
                if date_string[end : end + 1] == "-" and end == 8:
                    end = 10
                elif date_string[end : end + 1].isdigit() and end == 7:
                    end = 8
            parts = _parse_time(date_string[end + 1 :]) if len(date_string) > end else []
            return cls(*iso_date(date_string[:end]), *parts)
        except ValueError as e:
            if " must be " in str(e) or " range" in str(e):
                raise
            raise ValueError(f"Invalid isoformat string: {date_string!r}") from None

    @classmethod
    def strptime(cls, date_string, format):
        """What strftime() would have made the text of."""
        from _strptime import parsed

        return cls(*parsed(date_string, format))

    def timestamp(self):
        """Seconds since 1970-01-01 in UTC."""
        return (self._utc_micros() - _EPOCH * 86_400_000_000) / 1_000_000

    def date(self):
        """The day."""
        return date(self.year, self.month, self.day)

    def time(self):
        """The time of the day, without a zone."""
        return time(self.hour, self.minute, self.second, self.microsecond, fold=self.fold)

    def timetz(self):
        """The time of the day."""
        return time(self.hour, self.minute, self.second, self.microsecond, self.tzinfo, fold=self.fold)

    def utctimetuple(self):
        """timetuple() in UTC."""
        return datetime._of_micros(self._utc_micros()).timetuple()

    def replace(
        self,
        year=None,
        month=None,
        day=None,
        hour=None,
        minute=None,
        second=None,
        microsecond=None,
        tzinfo=True,
        *,
        fold=None,
    ):
        """The same but for what is told."""
        return type(self)(
            self.year if year is None else year,
            self.month if month is None else month,
            self.day if day is None else day,
            self.hour if hour is None else hour,
            self.minute if minute is None else minute,
            self.second if second is None else second,
            self.microsecond if microsecond is None else microsecond,
            self.tzinfo if tzinfo is True else tzinfo,
            fold=self.fold if fold is None else fold,
        )

    def astimezone(self, tz=None):
        """The same time in another zone."""
        tz = UTC if tz is None else tz
        if tz is self.tzinfo:
            return self
        return tz.fromutc(type(self)._of_micros(self._utc_micros(), tz))

    def utcoffset(self):
        """What is to be added to UTC, or None."""
        return None if self.tzinfo is None else self.tzinfo.utcoffset(self)

    def dst(self):
        """What of that is summer time."""
        return None if self.tzinfo is None else self.tzinfo.dst(self)

    def tzname(self):
        """The zone's name."""
        return None if self.tzinfo is None else self.tzinfo.tzname(self)

    def isoformat(self, sep="T", timespec="auto"):
        """YYYY-MM-DDTHH:MM:SS.ffffff+HH:MM"""
        return date.isoformat(self) + sep + _iso_time(self, timespec)

    def __str__(self):
        return self.isoformat(" ")

    def __repr__(self):
        return f"{shown_name(self)}({self.year}, {self.month}, {self.day}, {_time_parts(self)})"

    def __add__(self, other):
        if not isinstance(other, timedelta):
            return NotImplemented
        span = (other.days * 86400 + other.seconds) * 1_000_000 + other.microseconds
        return type(self)._of_micros(self._micros() + span, self.tzinfo)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return self + -other
        if not isinstance(other, datetime):
            return NotImplemented
        if (self.utcoffset() is None) != (other.utcoffset() is None):
            raise TypeError("can't subtract offset-naive and offset-aware datetimes")
        return timedelta(0, 0, self._utc_micros() - other._utc_micros())

    def _order(self, other):
        if not isinstance(other, datetime):
            return None
        if (self.utcoffset() is None) != (other.utcoffset() is None):
            raise TypeError("can't compare offset-naive and offset-aware datetimes")
        return self._utc_micros(), other._utc_micros()

    def __eq__(self, other):
        if not isinstance(other, datetime):
            return NotImplemented
        return (self.utcoffset() is None) == (other.utcoffset() is None) and self._utc_micros() == other._utc_micros()

    def __hash__(self):
        return hash(self._utc_micros())


datetime.min = datetime(1, 1, 1)
datetime.max = datetime(9999, 12, 31, 23, 59, 59, 999999)
datetime.resolution = timedelta(0, 0, 1)
