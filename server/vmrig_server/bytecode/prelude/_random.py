# SPDX-License-Identifier: Apache-2.0
"""What the VM's module random has not: distributions, samples, generators of one's own."""

from math import cos, exp, log, pi, sin, sqrt
from random import choice, getrandbits, randint, random, randrange, seed, shuffle, uniform

_MASK = 0xFFFFFFFF


def randbytes(n):
    """That many bytes."""
    return bytes([getrandbits(8) for _ in range(n)])


def _sampled(below, population, k, counts):
    if not hasattr(population, "__getitem__") or hasattr(population, "keys"):
        raise TypeError("Population must be a sequence.  For dicts or sets, use sorted(d).")
    pool = list(population)
    if counts is not None:
        counts = list(counts)
        if len(counts) != len(pool):
            raise ValueError("The number of counts does not match the population")
        pool = [item for item, count in zip(pool, counts) for _ in range(count)]
    n = len(pool)
    if not 0 <= k <= n:
        raise ValueError("Sample larger than population or is negative")
    for i in range(k):
        j = i + below(n - i)
        pool[i], pool[j] = pool[j], pool[i]
    return pool[:k]


def sample(population, k, *, counts=None):
    """k different items."""
    return _sampled(randrange, population, k, counts)


def _chosen(number, population, weights, cum_weights, k):
    n = len(population)
    if weights is not None and cum_weights is not None:
        raise TypeError("Cannot specify both weights and cumulative weights")
    if weights is None and cum_weights is None:
        return [population[int(number() * n)] for _ in range(k)]
    if cum_weights is None:
        cum_weights, total = [], 0
        for weight in weights:
            total += weight
            cum_weights.append(total)
    if len(cum_weights) != n:
        raise ValueError("The number of weights does not match the population")
    total = cum_weights[-1] + 0.0
    if total <= 0.0:
        raise ValueError("Total of weights must be greater than zero")
    found = []
    for _ in range(k):
        x = number() * total
        i = 0
        while i < n - 1 and cum_weights[i] <= x:
            i += 1
        found.append(population[i])
    return found


def choices(population, weights=None, *, cum_weights=None, k=1):
    """k items, each from all of them."""
    return _chosen(random, population, weights, cum_weights, k)


def _normal(number, mu, sigma):
    """By Box and Muller."""
    return mu + sigma * sqrt(-2.0 * log(1.0 - number())) * cos(2 * pi * number())


def gauss(mu=0.0, sigma=1.0):
    """Of the normal distribution."""
    return _normal(random, mu, sigma)


normalvariate = gauss


def lognormvariate(mu, sigma):
    """exp() of the normal distribution."""
    return exp(_normal(random, mu, sigma))


def expovariate(lambd):
    """Of the exponential distribution with the mean 1 / lambd."""
    return -log(1.0 - random()) / lambd


def _triangular(u, low, high, mode):
    if high == low:
        return low
    c = 0.5 if mode is None else (mode - low) / (high - low)
    if u > c:
        u, c, low, high = 1.0 - u, 1.0 - c, high, low
    return low + (high - low) * sqrt(u * c)


def triangular(low=0.0, high=1.0, mode=None):
    """From low to high, mostly near mode."""
    return _triangular(random(), low, high, mode)


def _gamma(number, alpha, beta):
    """By Marsaglia and Tsang."""
    if alpha <= 0.0 or beta <= 0.0:
        raise ValueError("gammavariate: alpha and beta must be > 0.0")
    if alpha < 1.0:
        return _gamma(number, alpha + 1.0, beta) * (1.0 - number()) ** (1.0 / alpha)
    d = alpha - 1.0 / 3.0
    c = 1.0 / sqrt(9.0 * d)
    while True:
        x = _normal(number, 0.0, 1.0)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and log(1.0 - number()) < 0.5 * x * x + d - d * v + d * log(v):
            return d * v * beta


def gammavariate(alpha, beta):
    """Of the gamma distribution."""
    return _gamma(random, alpha, beta)


def betavariate(alpha, beta):
    """Of the beta distribution."""
    y = _gamma(random, alpha, 1.0)
    return y / (y + _gamma(random, beta, 1.0)) if y else 0.0


def paretovariate(alpha):
    """Of the Pareto distribution."""
    return (1.0 - random()) ** (-1.0 / alpha)


def weibullvariate(alpha, beta):
    """Of the Weibull distribution."""
    return alpha * (-log(1.0 - random())) ** (1.0 / beta)


class Random:
    """A generator of one's own (xoshiro128++): one seed, one row."""

    def __init__(self, x=None):
        self.seed(x)

    def seed(self, a=None):
        """Begins a row: by an int, or by anything that has a hash."""
        x = getrandbits(32) | getrandbits(31) << 32 if a is None else a if isinstance(a, int) else hash(a)
        state = []
        for _ in range(4):
            x = (x * 0x5851F42D + 0x14057B7F ^ x >> 32) & 0x7FFFFFFFFFFF
            state.append((x >> 8 ^ x) & _MASK | 1)
        self._state = tuple(state)

    def getstate(self):
        """For setstate()."""
        return self._state

    def setstate(self, state):
        """Goes on from there."""
        self._state = state

    def _word(self):
        a, b, c, d = self._state
        x = a + d & _MASK
        x = ((x << 7 | x >> 25) + a) & _MASK
        t = b << 9 & _MASK
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= t
        self._state = (a, b, c, (d << 11 | d >> 21) & _MASK)
        return x

    def getrandbits(self, k):
        """An int of k bits."""
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        value, left = 0, k
        while left >= 32:
            value = value << 32 | self._word()
            left -= 32
        return value << left | self._word() >> 32 - left if left else value

    def random(self):
        """From 0.0 to below 1.0, 53 bits."""
        return self.getrandbits(53) / 9007199254740992

    def _below(self, n):
        bits = n.bit_length()
        x = self.getrandbits(bits)
        while x >= n:
            x = self.getrandbits(bits)
        return x

    def randrange(self, start, stop=None, step=1):
        """One of range(start, stop, step)."""
        choices = range(start) if stop is None else range(start, stop, step)
        if not choices:
            raise ValueError("empty range for randrange()")
        return choices[self._below(len(choices))]

    def randint(self, a, b):
        """From a to b, both included."""
        return self.randrange(a, b + 1)

    def randbytes(self, n):
        """That many bytes."""
        return bytes([self.getrandbits(8) for _ in range(n)])

    def uniform(self, a, b):
        """From a to b."""
        return a + (b - a) * self.random()

    def choice(self, seq):
        """One of them."""
        if not len(seq):
            raise IndexError("Cannot choose from an empty sequence")
        return seq[self._below(len(seq))]

    def shuffle(self, x):
        """Puts the list into another order."""
        for i in range(len(x) - 1, 0, -1):
            j = self._below(i + 1)
            x[i], x[j] = x[j], x[i]

    def sample(self, population, k, *, counts=None):
        """k different items."""
        return _sampled(self._below, population, k, counts)

    def choices(self, population, weights=None, *, cum_weights=None, k=1):
        """k items, each from all of them."""
        return _chosen(self.random, population, weights, cum_weights, k)

    def gauss(self, mu=0.0, sigma=1.0):
        """Of the normal distribution."""
        return _normal(self.random, mu, sigma)

    normalvariate = gauss

    def expovariate(self, lambd):
        """Of the exponential distribution with the mean 1 / lambd."""
        return -log(1.0 - self.random()) / lambd

    def triangular(self, low=0.0, high=1.0, mode=None):
        """From low to high, mostly near mode."""
        return _triangular(self.random(), low, high, mode)

    def gammavariate(self, alpha, beta):
        """Of the gamma distribution."""
        return _gamma(self.random, alpha, beta)


SystemRandom = Random
