# SPDX-License-Identifier: Apache-2.0
# statistics.
import statistics as st
from statistics import mean, median, mode, pstdev, stdev

data = [2, 4, 4, 4, 5, 5, 7, 9]
floats = [1.5, 2.25, 0.1, -3.7, 1e3, 2e-3]
print(mean(data), mean([1, 2]), mean([1, 3]), mean(floats), mean([0.1] * 3), mean(iter([1, 2, 3])), mean([1e16, 1.0, -1e16]), mean([True, False]))
print(st.fmean(data), st.fmean(floats), st.fmean([1, 2, 3], [3, 1, 1]), st.geometric_mean([54, 24, 36]), st.harmonic_mean([40, 60]), st.harmonic_mean([2.5, 3, 10]), st.harmonic_mean([5]), st.harmonic_mean([40, 60], weights=[5, 30]))
print(median(data), median([3, 1, 2]), median([1, 2, 3, 4]), st.median_low(data), st.median_high([1, 2, 3, 4]), median(floats))
print(mode(data), mode("aabbb"), mode(["x"]), st.multimode("aabbc"), st.multimode([]))
print(pstdev(data), stdev(data), st.variance(data), st.pvariance(data), stdev(floats), st.pvariance(floats), st.variance([1.5, 2.5]), st.pvariance([5]), stdev([1e10, 1e10 + 1, 1e10 + 2]), st.variance(data, 5), st.pvariance(data, 5))
print(st.quantiles(data), st.quantiles(range(1, 101), n=10), st.quantiles([1, 2, 3], n=4, method="inclusive"), st.quantiles([1, 2], n=3))
x, y = [1, 2, 3, 4, 5], [2, 4, 5, 4, 6]
print(st.covariance(x, y), round(st.correlation(x, y), 12), st.linear_regression(x, y), st.linear_regression(x, y).slope, st.linear_regression(x, y, proportional=True))
for bad in (lambda: mean([]), lambda: median([]), lambda: mode([]), lambda: stdev([1]), lambda: st.pvariance([]), lambda: st.fmean([]), lambda: st.quantiles([1]), lambda: st.harmonic_mean([-1]), lambda: st.correlation([1, 2], [3]), lambda: st.correlation([1, 1], [2, 3]), lambda: st.geometric_mean([])):
    try:
        print(bad())
    except ValueError as e:
        print(type(e).__name__, e)
