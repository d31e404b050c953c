#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generations of the cmaes package: what was told and the state after it.

    pip install cmaes==0.13.1 numpy
    python3 gen_cma.py ../study        (writes cma.csv)

Rows: case,name,n,population,diagonal,sigma,mean...; low,...; step,... (with a
margin); solution,value,x... in the order told; state,sigma,mean...; path,p_sigma,
...; row,C...; stretch,A... (with a margin).
"""
import sys

import cmaes
import numpy as np


def ellipsoid(x):
    i = np.arange(len(x))
    return float(np.sum(10 ** (4 * i / max(1, len(x) - 1)) * (x - 0.3) ** 2)
                 + 3 * (x[0] - x[-1]) ** 2)


def write(out, word, *cells):
    print(word, *(repr(float(c)) for c in np.ravel(cells)), sep=",", file=out)


def state(out, inner, stretch=None):
    write(out, "state", inner._sigma, *inner._mean)
    write(out, "path", *inner._p_sigma)
    for row in np.atleast_2d(inner._C):
        write(out, "row", *row)
    if stretch is not None:
        write(out, "stretch", *stretch)


def play(out, name, n, population, sigma, generations, diagonal=0, steps=None):
    mean = np.linspace(0.1, 0.9, n)
    print("case", name, n, population, diagonal, repr(sigma),
          *map(repr, mean.tolist()), sep=",", file=out)
    if steps is not None:
        bounds = np.array([[0.0, 1.0]] * n)
        write(out, "step", *steps)
        opt = cmaes.CMAwM(mean, sigma, bounds, np.array(steps), seed=7,
                          population_size=population)
    elif diagonal:
        opt = cmaes.SepCMA(mean, sigma, seed=7, population_size=population)
    else:
        opt = cmaes.CMA(mean, sigma, seed=7, population_size=population)
    for _ in range(generations):
        told = []
        for _ in range(population):
            x = opt.ask()
            encoded, x = x if steps is not None else (x, x)
            value = ellipsoid(encoded)
            write(out, "solution", value, *x)
            if steps is not None:
                write(out, "encoded", *encoded)
            told.append((x.copy(), value))
        opt.tell(told)
        state(out, opt._cma if steps is not None else opt,
              opt._A if steps is not None else None)


def main(folder):
    with open(f"{folder}/cma.csv", "w", encoding="ascii") as out:
        print("# tests/data/gen/gen_cma.py, cmaes", cmaes.__version__, "NumPy",
              np.__version__, file=out)
        play(out, "two", 2, 6, 0.3, 25)
        play(out, "eight", 8, 10, 0.5, 30)
        play(out, "large", 4, 21, 2.0, 8)
        play(out, "diagonal", 6, 9, 0.3, 25, diagonal=1)
        play(out, "margin", 5, 8, 1 / 6, 40,
             steps=[0.25, 0, 0.01, 1.0, 0.125])


main(*sys.argv[1:])
