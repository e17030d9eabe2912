"""Prints the coefficients of the polynomials in native/scalar: minimax fits by Remez' exchange algorithm.

Needs mpmath, which nothing else in this repository does: ``pip install mpmath``, then ``python tools/minimax.py``.

Each polynomial stands for a function that is smooth after the leading terms of its series are split off, for instance
(e^r - 1 - r) / r^2. The weight turns an error of the polynomial into one relative to the final result.
"""

import math
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise

import mpmath as mp

mp.mp.dps = 60
GRID = 800

Function = Callable[[mp.mpf], mp.mpf]


def remez(f: Function, weight: Function, powers: Sequence[int], points: Sequence[mp.mpf]) -> list[mp.mpf]:
    """Coefficients c of the powers for which the largest of |weight (sum c x^power - f)| on the points is least."""
    count = len(powers)
    values, weights = [f(x) for x in points], [weight(x) for x in points]
    chosen = [round((1 - mp.cos(mp.pi * i / count)) / 2 * (len(points) - 1)) for i in range(count + 1)]
    best, least, seen = [], mp.inf, set()
    # The exchange may go in circles where one end has an error that these powers cannot change.
    while tuple(chosen) not in seen:
        seen.add(tuple(chosen))
        system = mp.matrix(count + 1, count + 1)
        for row, i in enumerate(chosen):
            for column, power in enumerate(powers):
                system[row, column] = points[i] ** power * weights[i]
            system[row, count] = (-1) ** row
        solution = mp.lu_solve(system, mp.matrix([values[i] * weights[i] for i in chosen]))
        coefficients, level = list(solution[:count]), abs(solution[count])
        errors = [
            weights[i] * (sum(c * x**p for c, p in zip(coefficients, powers, strict=True)) - values[i])
            for i, x in enumerate(points)
        ]
        runs = [list(run) for _, run in groupby(range(len(points)), key=lambda i: errors[i] > 0)]
        peaks = [max(run, key=lambda i: abs(errors[i])) for run in runs]
        while len(peaks) > count + 1:
            peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
        largest = max(map(abs, errors))
        if largest < least:
            best, least = coefficients, largest
        if len(peaks) <= count or largest - level < level / 10_000:
            break
        chosen = peaks
    return best


def rounded(x: mp.mpf, bits: int) -> mp.mpf:
    """The nearest number with so many bits."""
    mantissa, exponent = mp.frexp(x)
    return mp.ldexp(mp.nint(mp.ldexp(mantissa, bits)), exponent - bits)


def fitted(f: Function, weight: Function, low: mp.mpf, high: mp.mpf, degree: int, bits: int) -> tuple[list, mp.mpf]:
    """The coefficients, rounded one after the other, the higher ones fitted anew each time, and the largest error.

    Where the interval has 0 inside, all are rounded at once: there the higher powers alone have no unique best fit.
    """
    points = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (i + mp.mpf(0.5)) / GRID) for i in range(GRID)]
    if low < 0:
        result = [rounded(c, bits) for c in remez(f, weight, range(degree + 1), points)]
    else:
        result = []
        for power in range(degree + 1):
            rest = remez(lambda x: f(x) - mp.polyval(result[::-1] or [0], x), weight, range(power, degree + 1), points)
            result.append(rounded(rest[0], bits))
    return result, max(abs(weight(x) * (mp.polyval(result[::-1], x) - f(x))) for x in points)


def numbers(values: Sequence[mp.mpf], bits: int) -> str:
    """The values as they stand in the sources."""
    return ", ".join(mp.nstr(mp.mpf(x), 9 if bits == 24 else 17) for x in values)


def fit(name: str, f: Function, weight: Function, low: mp.mpf, high: mp.mpf, degree: int, bits: int) -> None:
    """Prints the coefficients of one polynomial."""
    result, error = fitted(f, weight, low, high, degree, bits)
    print(f"{name}, {'float' if bits == 24 else 'double'}, error 2^{float(mp.log(error, 2)):.1f}:")
    print("   ", numbers(result, bits))


def floats_near(middle: float, radius: float) -> list[float]:
    """The float32 numbers around a positive one, at most 100,000 of them."""
    exponent = math.frexp(middle)[1] - 24
    first, last = (math.ldexp(middle + side * radius, -exponent) for side in (-1, 1))
    step = max(1, round((last - first) / 100_000))
    return [math.ldexp(n, exponent) for n in range(round(first), round(last), step)]


def interval(f: Function, low: mp.mpf, high: mp.mpf) -> tuple[list, mp.mpf]:
    """A point in the interval, the coefficients of f around it, and their largest error.

    At the point f is all but a float, so that the constant coefficient is rounded by next to nothing. Around 0 the
    coefficients are those of f(a) - a unless f has the slope 1 there.
    """
    if low == 0:
        apart = mp.mpf(mp.diff(f, 0) != 1)
        rest, error = fitted(lambda a: f(a) / a - apart, lambda a: abs(a / f(a)), low, high * mp.mpf("1.0005"), 4, 24)
        return [mp.mpf(0), mp.mpf(0), *rest], error
    near = floats_near(float(low + high) / 2, float(high - low) / 4)[::100]
    center = min(map(mp.mpf, near), key=lambda c: abs(f(c) - rounded(f(c), 24)))
    constant, margin = rounded(f(center), 24), (high - low) / 2000
    rest, error = fitted(
        lambda r: (f(center + r) - constant) / r,
        lambda r: abs(r / f(center + r)),
        *(low - center - margin, high - center + margin, 4, 24),
    )
    return [center, constant, *rest], error


def table(name: str, f: Function, scale: mp.mpf) -> None:
    """Prints the points and coefficients of f(a) in 16 intervals.

    1 + scale * a runs from 1 to 16; its exponent and the first two bits behind it name the interval.
    """
    edges = [((1 + mp.mpf(k % 4) / 4) * 2 ** (k // 4) - 1) / scale for k in range(17)]
    rows, errors = zip(*(interval(f, low, high) for low, high in pairwise(edges)), strict=True)
    print(f"{name} by table, float, error 2^{float(mp.log(max(errors), 2)):.1f}:")
    for column in zip(*rows[4:], *rows[:4], strict=True):  # the bits of 1 name the entry 12
        print("   ", numbers(column, 24))


def log_table() -> None:
    """Prints reciprocals of 16 numbers in [0.75, 1.5) and their logarithms, by the first four bits of the fraction.

    The logarithms are multiples of 2^-17, so that they and a multiple of ln(2)'s high part add up exactly, and the
    reciprocals floats whose logarithms are next to such numbers.
    """

    def in_steps(reciprocal: float) -> float:
        return -math.log(reciprocal) * 2**17

    reciprocals = []
    for k in range(16):
        scale = 1 if k < 8 else 0.5
        low, high = (1 + k / 16) * scale, (1 + (k + 1) / 16) * scale
        near = floats_near(2 / (low + high), (high - low) / (low + high) ** 2 * 0.7)
        around_one = 0.93 < low < 1.1
        reciprocals.append(1.0 if around_one else min(near, key=lambda r: abs(in_steps(r) - round(in_steps(r)))))
    high = round(math.log(2) * 2**17) / 2**17
    print("log, float, table:")
    print("   ", numbers(reciprocals, 24))
    print("   ", numbers([round(in_steps(r)) / 2**17 for r in reciprocals], 24))
    print("    ln(2):", high, mp.nstr(mp.log(2) - high, 9))


def of_square(f: Function) -> Function:
    """The same function of the square of its argument."""
    return lambda z: f(mp.sqrt(z))


def main() -> None:
    """Prints all of them."""
    margin = mp.mpf("1.001")
    half = mp.log(2) / 2 * margin
    for bits, degree in (24, 5), (53, 10):
        fit("exp", lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / abs(mp.expm1(r)), -half, half, degree, bits)

    low, high = mp.sqrt(0.5) - 1, mp.sqrt(2) - 1
    fit("log", lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3, lambda f: abs(f**3 / mp.log1p(f)), low, high, 8, 24)
    series = of_square(lambda s: (2 * mp.atanh(s) - 2 * s) / s**3)
    end = (high / (2 + high)) ** 2 * margin
    fit("log", series, lambda z: z / 2, mp.mpf(0), end, 6, 53)
    fit("pow", lambda z: (series(z) - mp.mpf(2) / 3) / z, lambda z: z**2 / 2, mp.mpf(0), end, 7, 53)
    log2 = of_square(lambda s: 2 * mp.atanh(s) / s / mp.log(2))
    fit("pow of floats, log2", log2, lambda z: 1 / log2(z), mp.mpf(0), end, 4, 53)
    half = mp.mpf(0.5) * margin
    fit("pow of floats, exp2", lambda r: (2**r - 1) / r, lambda r: abs(r / 2**r), -half, half, 5, 53)

    low, high = mp.mpf("-0.0626"), mp.mpf("0.1251")
    fit("log by table", lambda r: (mp.log1p(r) - r) / r**2, lambda r: abs(r**2 / mp.log1p(r)), low, high, 4, 24)
    log_table()

    quarter = (mp.pi / 4 * margin) ** 2
    for bits, degree in (24, 3), (53, 5):
        sine = of_square(lambda r: (mp.sin(r) - r) / r**3)
        fit("sin", sine, of_square(lambda r: r**3 / mp.sin(r)), mp.mpf(0), quarter, degree, bits)
    for bits, degree in (24, 2), (53, 5):
        cosine = of_square(lambda r: (mp.cos(r) - 1 + r**2 / 2) / r**4)
        fit("cos", cosine, of_square(lambda r: r**4 / mp.cos(r)), mp.mpf(0), quarter, degree, bits)

    for bits, degree in (24, 4), (53, 9):
        tangent = of_square(lambda a: (mp.tanh(a) - a) / a**3)
        fit("tanh", tangent, of_square(lambda a: a**3 / mp.tanh(a)), mp.mpf(0), mp.mpf("0.551") ** 2, degree, bits)
    table("tanh", mp.tanh, mp.mpf("1.63"))
    for bits, degree in (24, 3), (53, 6):
        sine = of_square(lambda a: (mp.sinh(a) - a) / a**3)
        fit("sinh", sine, of_square(lambda a: a**3 / mp.sinh(a)), mp.mpf(0), margin, degree, bits)

    near, far = {24: mp.mpf("0.93"), 53: mp.mpf(1)}, {24: mp.mpf(4), 53: mp.mpf("5.95")}
    for bits, degree in (24, 6), (53, 11):
        series = of_square(lambda a: (mp.erf(a) - a) / a)
        fit("erf", series, of_square(lambda a: a / mp.erf(a)), mp.mpf(0), near[bits] ** 2, degree, bits)
    for bits, degree in (24, 6), (53, 18):
        exponent, weight = lambda a: -mp.log(mp.erfc(a)) / a, lambda a: a * mp.erfc(a) / mp.erf(a)
        fit("erf, complement", exponent, weight, near[bits], far[bits], degree, bits)

    table("erf", mp.erf, mp.mpf("3.74"))

    for bits, degree in (24, 4), (53, 12):
        angle = of_square(lambda r: (mp.asin(r) - r) / r**3)
        fit("asin", angle, of_square(lambda r: r**3 / mp.asin(r)), mp.mpf(0), margin / 4, degree, bits)
    eighth = ((mp.sqrt(2) - 1) * margin) ** 2
    for bits, degree in (24, 4), (53, 10):
        angle = of_square(lambda r: (mp.atan(r) - r) / r**3)
        fit("atan", angle, of_square(lambda r: r**3 / mp.atan(r)), mp.mpf(0), eighth, degree, bits)


if __name__ == "__main__":
    main()
