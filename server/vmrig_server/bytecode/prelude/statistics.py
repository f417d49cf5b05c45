# SPDX-License-Identifier: Apache-2.0
"""Means, medians and deviations. Sums of floats are exact; Fractions and Decimals are not looked at."""

from math import fsum, sqrt


class StatisticsError(ValueError):
    """There is too little data."""


def _exact(values):
    """(sum, count) as a ratio of ints: (numerator, denominator, count)."""
    numerator, denominator, count = 0, 1, 0
    for x in values:
        count += 1
        if isinstance(x, int):
            numerator += x * denominator
            continue
        n, d = x.as_integer_ratio()
        if d > denominator:  # both are powers of two
            numerator *= d // denominator
            denominator = d
        numerator += n * (denominator // d)
    return numerator, denominator, count


def _ratio(numerator, denominator, like):
    """An int where all were ints and it is one."""
    if all([isinstance(x, int) for x in like]) and numerator % denominator == 0:
        return numerator // denominator
    return numerator / denominator


def mean(data):
    """The sum over the count."""
    data = list(data)
    numerator, denominator, count = _exact(data)
    if not count:
        raise StatisticsError("mean requires at least one data point")
    return _ratio(numerator, denominator * count, data)


def fmean(data, weights=None):
    """mean() as a float."""
    data = list(data)
    if weights is None:
        if not data:
            raise StatisticsError("fmean requires at least one data point")
        return fsum(data) / len(data)
    weights = list(weights)
    if len(weights) != len(data):
        raise StatisticsError("data and weights must be the same length")
    total = fsum(weights)
    if not total:
        raise StatisticsError("sum of weights must be non-zero")
    return fsum([x * w for x, w in zip(data, weights)]) / total


def geometric_mean(data):
    """exp() of the mean of the logarithms."""
    from math import exp, log

    try:
        return exp(fmean([log(x) for x in data]))
    except ValueError:
        raise StatisticsError("geometric mean requires a non-empty dataset containing positive numbers") from None


def harmonic_mean(data, weights=None):
    """The count over the sum of 1 / x."""
    data = list(data)
    if not data:
        raise StatisticsError("harmonic_mean requires at least one data point")
    if any([x < 0 for x in data]):
        raise StatisticsError("harmonic mean does not support negative values")
    if 0 in data:
        return 0
    weights = [1] * len(data) if weights is None else list(weights)
    if len(weights) != len(data):
        raise StatisticsError("Number of weights does not match data size")
    if len(data) == 1:
        return data[0]
    top, scale, _ = _exact(weights)
    n, d, _ = _exact([w / x for w, x in zip(weights, data)])
    return top * d / (n * scale)


def _sorted(data):
    data = sorted(data)
    if not data:
        raise StatisticsError("no median for empty data")
    return data


def median(data):
    """The middle one, or the mean of the two."""
    data = _sorted(data)
    n = len(data)
    if n % 2:
        return data[n // 2]
    return (data[n // 2 - 1] + data[n // 2]) / 2


def median_low(data):
    """The middle one, or the lower of the two."""
    data = _sorted(data)
    return data[(len(data) - 1) // 2]


def median_high(data):
    """The middle one, or the higher of the two."""
    data = _sorted(data)
    return data[len(data) // 2]


def _counted(data):
    counts = {}
    for x in data:
        counts[x] = counts.get(x, 0) + 1
    return counts


def mode(data):
    """The most frequent one, the first of such."""
    counts = _counted(data)
    if not counts:
        raise StatisticsError("no mode for empty data")
    return max(counts, key=counts.get)


def multimode(data):
    """All of the most frequent ones."""
    counts = _counted(data)
    most = max(counts.values(), default=0)
    return [x for x, n in counts.items() if n == most]


def _variance(data, less, center, what):
    data = list(data)
    numerator, denominator, count = _exact(data)
    if count < less + 1:
        raise StatisticsError(f"{what} requires at least {'two data points' if less else 'one data point'}")
    if center is not None:
        n, d, _ = _exact([(x - center) * (x - center) for x in data])
        return _ratio(n, d * (count - less), [*data, center])
    # sum((x - m) ** 2) = sum(x ** 2) - sum(x) ** 2 / count, as ratios of ints
    squares, scale = 0, denominator * denominator
    for x in data:
        n, d = (x, 1) if isinstance(x, int) else x.as_integer_ratio()
        n *= denominator // d
        squares += n * n
    return _ratio(squares * count - numerator * numerator, scale * count * (count - less), data)


def variance(data, xbar=None):
    """Of a sample."""
    return _variance(data, 1, xbar, "variance")


def pvariance(data, mu=None):
    """Of all."""
    return _variance(data, 0, mu, "pvariance")


def stdev(data, xbar=None):
    """The root of variance()."""
    return sqrt(_variance(data, 1, xbar, "stdev"))


def pstdev(data, mu=None):
    """The root of pvariance()."""
    return sqrt(_variance(data, 0, mu, "pstdev"))


def quantiles(data, *, n=4, method="exclusive"):
    """The n - 1 cuts between n parts of the same probability."""
    if n < 1:
        raise StatisticsError("n must be at least 1")
    data = sorted(data)
    count = len(data)
    if count < 2:
        raise StatisticsError("must have at least two data points")
    if method not in ("exclusive", "inclusive"):
        raise ValueError(f"Unknown method: {method!r}")
    m = count + 1 if method == "exclusive" else count - 1
    result = []
    for i in range(1, n):
        j, delta = divmod(i * m, n)
        if method == "exclusive":
            j = max(1, min(j, count - 1))
            delta = i * m - j * n
            j -= 1
        result.append((data[j] * (n - delta) + data[j + 1] * delta) / n)
    return result


def _pairs(x, y, what):
    if len(x) != len(y):
        raise StatisticsError(f"{what} requires that both inputs have same number of data points")
    if len(x) < 2:
        raise StatisticsError(f"{what} requires at least two data points")
    mx, my = fsum(x) / len(x), fsum(y) / len(y)
    return (
        fsum([(a - mx) * (b - my) for a, b in zip(x, y)]),
        fsum([(a - mx) * (a - mx) for a in x]),
        fsum([(b - my) * (b - my) for b in y]),
        mx,
        my,
    )


def covariance(x, y, /):
    """Of two samples."""
    return _pairs(x, y, "covariance")[0] / (len(x) - 1)


def correlation(x, y, /):
    """Pearson's coefficient."""
    sxy, sxx, syy, _, _ = _pairs(x, y, "correlation")
    if not sxx * syy:
        raise StatisticsError("at least one of the inputs is constant")
    return sxy / sqrt(sxx * syy)


class LinearRegression(tuple):
    """(slope, intercept)"""

    slope = property(lambda self: self[0])
    intercept = property(lambda self: self[1])

    def __repr__(self):
        return "LinearRegression(slope=%r, intercept=%r)" % self


def linear_regression(x, y, /, *, proportional=False):
    """The straight line of the least squares."""
    sxy, sxx, _, mx, my = _pairs(x, y, "linear regression")
    if proportional:
        sxy, sxx = fsum([a * b for a, b in zip(x, y)]), fsum([a * a for a in x])
    if not sxx:
        raise StatisticsError("x is constant")
    slope = sxy / sxx
    return LinearRegression((slope, 0.0 if proportional else my - slope * mx))
