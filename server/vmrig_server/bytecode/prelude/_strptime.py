# SPDX-License-Identifier: Apache-2.0
"""Texts by format codes read back: datetime.strptime()."""

from _date import DAYS, MONTHS, date
from _timedelta import UTC, timedelta, timezone

_DIGITS = {
    "Y": 4,
    "m": 2,
    "d": 2,
    "H": 2,
    "I": 2,
    "M": 2,
    "S": 2,
    "y": 2,
    "f": 6,
    "j": 3,
    "w": 1,
    "u": 1,
    "U": 2,
    "W": 2,
}
_WIDE = {
    "c": "%a %b %d %H:%M:%S %Y",
    "x": "%m/%d/%y",
    "D": "%m/%d/%y",
    "X": "%H:%M:%S",
    "T": "%H:%M:%S",
    "F": "%Y-%m-%d",
    "R": "%H:%M",
}
_RANGES = {
    "m": (1, 12),
    "d": (1, 31),
    "H": (0, 23),
    "I": (1, 12),
    "M": (0, 59),
    "S": (0, 61),
    "j": (1, 366),
    "w": (0, 6),
    "u": (1, 7),
    "U": (0, 53),
    "W": (0, 53),
}


def _word(text, at, words, length=None):
    """(number, end) of the word there."""
    for i, word in enumerate(words):
        word = word[:length].lower()
        if text[at : at + len(word)].lower() == word:
            return i, at + len(word)
    return None


def _number(text, at, code):
    end = at
    while end < len(text) and end - at < _DIGITS[code] and text[end] in "0123456789":
        end += 1
    low, high = _RANGES.get(code, (0, 999999))
    if code == "Y" and end - at < 4:
        return None
    while end > at and not low <= int(text[at:end]) <= high:  # as many digits as make a number of the kind
        end -= 1
    return (int(text[at:end]), end) if end > at else None


def _offset(text, at):
    if text[at : at + 1] == "Z":
        return UTC, at + 1
    if text[at : at + 1] not in ("+", "-") or text[at : at + 1] == "":
        return None
    colon = text[at + 3 : at + 4] == ":"
    digits = text[at + 1 : at + 3] + text[at + 3 + colon : at + 5 + colon]
    if len(digits) != 4 or not digits.isdigit():
        return None
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    zone = timezone(-offset if text[at] == "-" else offset) if offset else UTC
    return zone, at + 5 + colon


def parsed(text, format):
    """(year, month, day, hour, minute, second, microsecond, zone)"""
    if not isinstance(text, str):
        raise TypeError(f"strptime() argument 1 must be str, not {type(text).__name__}")
    for code, wide in _WIDE.items():
        format = format.replace("%" + code, wide)
    found = {}
    at = place = 0
    bad = ValueError(f"time data {text!r} does not match format {format!r}")
    while place < len(format):
        letter = format[place]
        place += 1
        if letter.isspace():
            if not text[at : at + 1].isspace():
                raise bad
            while text[at : at + 1].isspace():
                at += 1
            continue
        if letter != "%":
            if text[at : at + 1].lower() != letter.lower():
                raise bad
            at += 1
            continue
        code = format[place : place + 1]
        place += 1
        if code == "%":
            hit = (None, at + 1) if text[at : at + 1] == "%" else None
        elif code in _DIGITS:
            start = at
            hit = _number(text, at, code)
            if hit and code == "f":
                hit = (hit[0] * 10 ** (6 - (hit[1] - start)), hit[1])
        elif code in "aA":
            hit = _word(text, at, DAYS, 3 if code == "a" else None)
        elif code in "bBh":
            hit = _word(text, at, MONTHS, None if code == "B" else 3)
        elif code == "p":
            hit = _word(text, at, ("AM", "PM"))
        elif code == "z":
            hit = _offset(text, at)
        elif code == "Z":
            hit = _word(text, at, ("UTC", "GMT"))
        else:
            raise ValueError(
                f"{code!r} is a bad directive in format {format!r}" if code else f"stray % in format {format!r}"
            )
        if hit is None:
            raise bad
        found[code], at = hit
    if at < len(text):
        raise ValueError(f"unconverted data remains: {text[at:]}")
    return _put_together(found)


def _put_together(found):
    year = found.get("Y")
    if year is None:
        year = found.get("y")
        year = 1900 if year is None else year + (2000 if year < 69 else 1900)
    month, day = found.get("m", 1), found.get("d", 1)
    for code in "bBh":
        if code in found:
            month = found[code] + 1
    if "j" in found and "m" not in found:
        made = date.fromordinal(date(year, 1, 1).toordinal() + found["j"] - 1)
        month, day = made.month, made.day
    hour = found.get("H", 0)
    if "I" in found:
        hour = found["I"] % 12 + (12 if found.get("p") else 0)
    return year, month, day, hour, found.get("M", 0), found.get("S", 0), found.get("f", 0), found.get("z")
