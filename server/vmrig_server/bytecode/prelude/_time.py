# SPDX-License-Identifier: Apache-2.0
"""What the VM's module time has not: the calendar. The local time is UTC."""

from time import (
    monotonic,
    monotonic_ns,
    sleep,
    sleep_ms,
    sleep_us,
    ticks_add,
    ticks_diff,
    ticks_ms,
    ticks_us,
    time,
    time_ns,
)

from _date import date, formatted, of_ordinal, ordinal_of
from _strptime import parsed

timezone = altzone = daylight = 0
tzname = ("UTC", "UTC")
_EPOCH = 719163
_FIELDS = ("tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst")


class struct_time(tuple):
    """A time in nine numbers."""

    tm_year = property(lambda self: self[0])
    tm_mon = property(lambda self: self[1])
    tm_mday = property(lambda self: self[2])
    tm_hour = property(lambda self: self[3])
    tm_min = property(lambda self: self[4])
    tm_sec = property(lambda self: self[5])
    tm_wday = property(lambda self: self[6])
    tm_yday = property(lambda self: self[7])
    tm_isdst = property(lambda self: self[8])
    tm_zone = "UTC"
    tm_gmtoff = 0

    def __repr__(self):
        return f"time.struct_time({', '.join([f'{n}={v}' for n, v in zip(_FIELDS, self)])})"


class _Moment(date):
    """For format codes."""

    def __init__(self, t):
        date.__init__(self, t[0], t[1] or 1, t[2] or 1)
        self.hour, self.minute, self.second = t[3], t[4], t[5]

    def utcoffset(self):
        from _timedelta import timedelta

        return timedelta(0)

    def tzname(self):
        return "UTC"


def gmtime(secs=None):
    """The time so many seconds after 1970-01-01."""
    secs = int((time() if secs is None else secs) // 1)
    days, left = divmod(secs, 86400)
    day = days + _EPOCH
    year, month, mday = of_ordinal(day)
    yday = day - ordinal_of(year, 1, 1) + 1
    return struct_time((year, month, mday, left // 3600, left // 60 % 60, left % 60, (day + 6) % 7, yday, 0))


localtime = gmtime


def mktime(t, /):
    """Seconds since 1970-01-01."""
    year, month = t[0] + (t[1] - 1) // 12, (t[1] - 1) % 12 + 1
    return float((ordinal_of(year, month, 1) - _EPOCH + t[2] - 1) * 86400 + t[3] * 3600 + t[4] * 60 + t[5])


def strftime(format, t=None, /):
    """A text by format codes."""
    return formatted(_Moment(gmtime() if t is None else t), format)


def strptime(string, format="%a %b %d %H:%M:%S %Y", /):
    """What strftime() would have made the text of."""
    year, month, day, hour, minute, second, _, zone = parsed(string, format)
    t = date(year, month, day).timetuple()
    return struct_time((*t[:3], hour, minute, second, t[6], t[7], -1))


def asctime(t=None, /):
    """Sat Jan  2 03:04:05 2021"""
    return strftime("%a %b %e %H:%M:%S %Y", t)


def ctime(secs=None, /):
    """asctime(gmtime(secs))"""
    return asctime(gmtime(secs))


def process_time():
    """monotonic()"""
    return monotonic()


thread_time = process_time


def process_time_ns():
    """monotonic_ns()"""
    return monotonic_ns()
