#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden factors of volatility/season, by numpy's lstsq and plain loops.

    python3 tests/data/gen/gen_season.py > tests/data/volatility/season.csv

Written from the definitions in crucible/season.h: the regression has a row for
every return and a column for every term.
"""
import sys

import numpy as np

DAY = 86_400_000
HOUR = 3_600_000


def around_the_clock():
    """Five weeks of hours, some returns zero, an hour and a day lacking."""
    rng = np.random.default_rng(20)
    t = np.arange(35 * 24) * HOUR + 20_213 * DAY + 5 * HOUR
    t = np.delete(t, [100] + list(range(300, 324)))
    hour = t // HOUR % 24
    weekend = (t // DAY + 3) % 7 >= 5
    scale = np.exp(0.5 * np.sin(2 * np.pi * hour / 24)) * np.where(weekend, .6, 1)
    r = 0.001 * scale * rng.standard_t(5, len(t)) + 0.0001
    r[rng.random(len(t)) < 0.03] = 0
    r[200] = 0.05
    return t, np.round(r, 9)


def sessions():
    """Six weeks of 15-minute bars, 9:30 to 16:00 with lunch from 12 to 13:15,
    half a day and a holiday among them."""
    rng = np.random.default_rng(21)
    t, r = [], []
    for day in range(20_213, 20_213 + 42):
        if (day + 3) % 7 >= 5 or day == 20_230:
            continue
        for bar in range(26):
            if 10 <= bar < 15 or (day == 20_240 and bar > 12):
                continue
            if rng.random() < 0.01:
                continue
            t.append(day * DAY + 9 * HOUR + HOUR // 2 + bar * HOUR // 4)
            scale = 3 if bar == 0 else 2 if bar == 15 else 1 + (bar / 13 - 1) ** 2
            r.append(0.001 * scale * rng.standard_normal())
    return np.array(t), np.round(np.array(r), 9)


class Sample:
    def __init__(self, t, r, tf, robust, shapes, brk=HOUR):
        day, bin_ = t // DAY, t % DAY // tf
        week = (day + 3) % 7
        broken = np.append(True, np.diff(t) >= tf + brk)
        counts = {d: np.sum(day == d) for d in np.unique(day)}
        full = {}
        for d, n in counts.items():
            w = (d + 3) % 7
            full[w] = max(full.get(w, 0), n)
        days = [d for d in counts if 4 * counts[d] >= 3 * full[(d + 3) % 7]]
        used = np.isin(day, days)
        mean = r[used & ~broken].mean()
        e = r - mean
        total, number = {}, {}
        for d in days:
            if robust:
                at = [i for i in np.flatnonzero(day == d)
                      if not broken[i] and not broken[i - 1]
                      and day[i - 1] == d]
                total[d] = sum(abs(e[i] * e[i - 1]) for i in at)
            else:
                at = np.flatnonzero((day == d) & ~broken)
                total[d] = np.sum(e[at] ** 2)
            number[d] = len(at)
        z = np.full(len(r), np.nan)
        first, last = day.min(), day.max()
        for d in days:
            begin = max(first, min(d - 3, last - 6))
            span = [k for k in days if begin <= k < begin + 7]
            var = sum(total[k] for k in span) / sum(number[k] for k in span)
            var *= np.pi / 2 if robust else 1
            z[day == d] = e[day == d] / np.sqrt(var)
        z[0] = np.nan
        inside = used & ~broken
        inside[0] = broken[0] = False
        self.z, self.week, self.bin = z[inside], week[inside], bin_[inside]
        self.broken = z[used & broken]
        self.days = np.bincount([(d + 3) % 7 for d in days], minlength=7)
        self.bins = DAY // tf
        self.group = group(self.week, shapes)


def group(week, n):
    week = np.asarray(week)
    return week * 0 if n == 1 else (week >= 5) * 1 if n == 2 else week


def shrunk(level, sample, levels, k):
    m = np.array([sample.days[group(np.arange(7), levels) == g].sum()
                  for g in range(levels)])
    there = m > 0
    mean = np.sum((m * level)[there]) / m.sum()
    return np.where(there, mean + (level - mean) * m / np.maximum(m + k, 1), 0)


def cells(sample, shapes):
    for d in range(7):
        g = int(group(d, shapes))
        for b in range(sample.bins):
            if sample.days[d] and np.any((sample.group == g) & (sample.bin == b)):
                yield d, g, b


def normalised(v, broken):
    mean = np.mean(list(v.values()))
    f = {k: np.sqrt(x / mean) for k, x in v.items()}
    f[-1, -1] = np.sqrt(broken / mean)
    return f


def fourier(t, r, tf, P, levels, shapes, k, floor):
    s = Sample(t, r, tf, False, shapes)
    x = 2 * np.log(np.maximum(np.abs(s.z), floor))
    times = [sorted(set(s.bin[s.group == g])) for g in range(shapes)]

    def row(d, b):
        g = int(group(d, shapes))
        out = [float(group(d, levels) == j) for j in range(levels)]
        for j in range(shapes):
            n, N = (times[j].index(b) + 1 if j == g else 0), len(times[j])
            on = float(j == g)
            for p in range(1, P + 1):
                out += [on * np.cos(2 * np.pi * p * n / N),
                        on * np.sin(2 * np.pi * p * n / N)]
            if N < s.bins:
                out += [on * n / ((N + 1) / 2),
                        on * n * n / ((N + 1) * (N + 2) / 6)]
        return out

    X = np.array([row(d, b) for d, b in zip(s.week, s.bin)])
    b = np.linalg.lstsq(X, x, rcond=None)[0]
    b[:levels] = shrunk(b[:levels], s, levels, k)
    v = {(d, c): np.exp(np.dot(row(d, c), b)) for d, g, c in cells(s, shapes)}
    xb = 2 * np.log(np.maximum(np.abs(s.broken), floor))
    return normalised(v, np.exp(xb.mean()) if len(xb) >= 4 else np.nan)


def half(x):
    x = np.sort(x)
    h = len(x) // 2 + 1
    return 0.741 * min(x[i + h - 1] - x[i] for i in range(len(x) - h + 1))


def weighted(x, size):
    kept = x[(x / size) ** 2 <= 6.635]
    return 1.081 * np.mean(kept ** 2) if len(kept) else 0


def robust(t, r, tf, reach, levels, shapes, k, shrink):
    s = Sample(t, r, tf, True, shapes)
    shape = {}
    for g in range(shapes):
        values = {b: s.z[(s.group == g) & (s.bin == b)] for b in range(s.bins)}
        values = {b: x for b, x in values.items() if len(x)}
        halves = {b: half(x) for b, x in values.items() if len(x) >= 8}
        rms = np.sqrt(np.mean([h * h for h in halves.values()]))
        own = {b: weighted(x, halves[b] / rms if b in halves else 1)
               for b, x in values.items()}
        for b, x in values.items():
            near = [c for c in values if abs(c - b) <= reach or (
                len(values) == s.bins and s.bins - abs(c - b) <= reach)]
            n = sum(len(values[c]) for c in near)
            mean = sum(len(values[c]) * own[c] for c in near) / n
            shape[g, b] = (len(x) * own[b] + shrink * mean) / (len(x) + shrink)
        mean = np.mean([shape[g, b] for b in values])
        for b in values:
            shape[g, b] /= mean
    level = np.zeros(levels)
    for j in range(levels):
        at = group(s.week, levels) == j
        if at.any():
            u = np.array([z / np.sqrt(shape[g, b]) for z, g, b in
                          zip(s.z[at], s.group[at], s.bin[at])])
            level[j] = np.log(weighted(u, half(u)))
    level = shrunk(level, s, levels, k)
    v = {(d, b): np.exp(level[int(group(d, levels))]) * shape[g, b]
         for d, g, b in cells(s, shapes)}
    return normalised(v, weighted(s.broken, half(s.broken))
                      if len(s.broken) >= 4 else np.nan)


def main():
    print(f"# tests/data/gen/gen_season.py, numpy {np.__version__}, Python "
          f"{sys.version.split()[0]}")
    print("# clock and sessions: open time [ms], return. case: method, "
          "timeframe [ms], smooth [ms],\n# harmonics, levels, shapes, "
          "shrink_days, shrink_returns, zero_floor. factor: case, weekday "
          "(Monday 0), bin, factor;\n# weekday -1: of returns over a break")
    data = {"clock": around_the_clock(), "sessions": sessions()}
    for name, (t, r) in data.items():
        for a, b in zip(t, r):
            print(f"{name},{a},{b!r}".replace("np.float64(", "").replace(")", ""))
    cases = [
        ("clock", 1, 3, 7, 1, 0, 0.05), ("clock", 1, 6, 7, 1, 4, 0.05),
        ("clock", 1, 4, 2, 2, 0, 0.01), ("clock", 1, 2, 1, 7, 4, 0.2),
        ("sessions", 1, 2, 7, 1, 0, 0.05), ("sessions", 1, 3, 1, 1, 0, 0.05),
        ("clock", 2, 0, 7, 1, 4, 50), ("clock", 2, 2, 2, 2, 0, 0),
        ("clock", 2, 3, 1, 7, 4, 10), ("sessions", 2, 1, 7, 1, 4, 20)]
    for i, (name, method, p, levels, shapes, k, last) in enumerate(cases):
        t, r = data[name]
        tf = HOUR if name == "clock" else HOUR // 4
        if method == 1:
            f = fourier(t, r, tf, p, levels, shapes, k, last)
            print(f"case{i},{name},1,{tf},0,{p},{levels},{shapes},{k},0,{last}")
        else:
            f = robust(t, r, tf, p, levels, shapes, k, last)
            print(f"case{i},{name},2,{tf},{p * tf},0,{levels},{shapes},{k},"
                  f"{last},0.05")
        for (d, b), value in f.items():
            print(f"factor{i},{d},{b},{float(value):.17g}")


main()
