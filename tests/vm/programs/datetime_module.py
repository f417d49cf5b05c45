# SPDX-License-Identifier: Apache-2.0
# datetime: arithmetic, texts, comparisons, zones.
import datetime as dt
from datetime import date, datetime, time, timedelta, timezone

print(timedelta(1, 2, 3), repr(timedelta(1, 2, 3)), timedelta(0), repr(timedelta(0)), timedelta(-1), timedelta(hours=-1), repr(timedelta(hours=-1)))
print(timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5, milliseconds=6, microseconds=7), timedelta(hours=1.5), timedelta(days=0.5, seconds=0.25), timedelta(microseconds=1.5))
a, b = timedelta(days=3, hours=4), timedelta(hours=5, seconds=1)
print(a + b, a - b, -a, abs(-a), a * 3, 2 * b, b * 1.5, a / 4, a / b, a // b, a % b, divmod(a, b), a // 7, a.total_seconds(), bool(a), bool(a - a))
print(a > b, a == timedelta(3, 14400), a != b, max(a, b), hash(a) == hash(timedelta(3, 14400)), a.days, a.seconds, timedelta.max, timedelta.min, timedelta.resolution, sum([a, b], timedelta()))
d = date(2024, 2, 29)
print(d, repr(d), d.weekday(), d.isoweekday(), d.toordinal(), date.fromordinal(738945), d.isocalendar(), d.isocalendar()[1], d.isocalendar().year, d.replace(day=1), d + timedelta(366), d - timedelta(60), d - date(2000, 1, 1), timedelta(1) + d)
print(date.min, date.max, date.fromisoformat("2024-12-30").isocalendar(), date.fromisocalendar(2020, 53, 7), date.fromisoformat("20240102"), date.fromisoformat("2024-W05-2"), d.ctime(), tuple(d.timetuple()), d < date(2024, 3, 1), d == date(2024, 2, 29), sorted([date(2025, 1, 1), d]))
for n in (1, 365, 366, 1461, 36524, 36525, 146097, 146098, 700000, 730120, 738000):
    print(date.fromordinal(n), date.fromordinal(n).toordinal() == n, end=" ")
print()
for year in range(2015, 2030):
    print(date(year, 1, 1).isocalendar()[:], date(year, 12, 31).isocalendar()[1], end="; ")
print()
t = time(13, 5, 9, 1234)
print(t, repr(t), time(1, 2), repr(time(1, 2)), t.isoformat("milliseconds"), t.isoformat("minutes"), t.replace(hour=1), time.fromisoformat("04:05:06.789"), time.fromisoformat("04:05+02:00"), t > time(13), t.strftime("%H-%M %p %I %f"), time(0), time.max, f"{t:%H:%M}", time(9, tzinfo=timezone.utc))
n = datetime(2024, 2, 29, 13, 5, 9, 120)
print(n, repr(n), n.date(), n.time(), n.isoformat(), n.isoformat(" ", "seconds"), n + timedelta(days=1, hours=12), n - timedelta(seconds=10), n - datetime(2024, 1, 1), datetime(2024, 1, 1), repr(datetime(2024, 1, 1)))
for f in ("%Y-%m-%d %H:%M:%S.%f", "%a %A %b %B %d %y", "%j %U %W %w %u %G %V", "%I:%M %p %%", "%c|%x|%X", "%D %T %F %R %e", "%z|%Z|"):
    print(n.strftime(f), end="  ")
print(f"{n:%d/%m/%Y}", format(n), n.replace(year=2020, microsecond=0), datetime.combine(d, t), n.timetuple()[:], n.ctime())
utc = n.replace(tzinfo=timezone.utc)
east = timezone(timedelta(hours=5, minutes=30))
west = timezone(timedelta(hours=-8), "PST")
print(utc, repr(utc), utc.astimezone(east), utc.astimezone(west), utc == utc.astimezone(west), utc.astimezone(west).tzname(), east, repr(east), repr(west), timezone.utc, utc - datetime(2024, 1, 1, tzinfo=east), utc.timestamp(), utc.strftime("%z %Z"), utc.utcoffset())
print(datetime.fromtimestamp(1e9, timezone.utc), datetime.fromtimestamp(1.5, east), datetime.fromtimestamp(0, timezone.utc).timestamp(), utc < datetime(2030, 1, 1, tzinfo=west), utc.timetz(), n == utc, hash(utc) == hash(utc.astimezone(east)))
for text in ("2024-03-04", "2024-03-04T05:06", "2024-03-04 05:06:07.089", "2024-03-04T05:06:07+01:30", "20240304T050607Z", "2024-W10-1T01"):
    print(repr(datetime.fromisoformat(text)))
print(datetime.strptime("2024-03-04 05:06:07", "%Y-%m-%d %H:%M:%S"), datetime.strptime("4 Mar 24, 1:05 PM", "%d %b %y, %I:%M %p"), datetime.strptime("Monday March 04 2024 +0130", "%A %B %d %Y %z"), datetime.strptime("12:30.5", "%H:%M.%f"), datetime.strptime("2024 064", "%Y %j"), datetime.strptime("20240304", "%Y%m%d"))
for bad in (
    lambda: date(2023, 2, 29),
    lambda: date(2023, 13, 1),
    lambda: date(0, 1, 1),
    lambda: time(24),
    lambda: datetime(2024, 1, 1, 0, 60),
    lambda: date.fromisoformat("2024-1-1"),
    lambda: datetime.fromisoformat("nonsense"),
    lambda: datetime.strptime("x", "%Y"),
    lambda: datetime.strptime("2024 x", "%Y"),
    lambda: n - utc,
    lambda: n < utc,
    lambda: date.max + timedelta(1),
    lambda: timedelta(10**9),
    lambda: timezone(timedelta(1)),
    lambda: timedelta(1) / 0,
):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)


class Day(date):
    pass


print(Day(2024, 1, 2), repr(Day(2024, 1, 2)), type(Day(2024, 1, 2) + timedelta(1)).__name__, isinstance(n, date), dt.MINYEAR, dt.MAXYEAR, dt.UTC is timezone.utc, date.today() <= datetime.now().date())
