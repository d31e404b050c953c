/* SPDX-License-Identifier: Apache-2.0 */
/* Included once for each vector level, with PARZEN_KERNEL_NAME. */
#include "base/lanes.h"
#include "study/parzen_kernel.h"

enum { LANES = CRUCIBLE__LANE_COUNT, CHECK = 2, LOGARITHM_AFTER = 8 };

/* A tail beyond so many deviations is nothing beside 1. */
static const double NO_TAIL = 8.5;
/* An interval so narrow is taken by its middle. */
static const double NARROW = 1e-3;
/* 2^x of less is as good as none, and still a normal number. */
static const double LEAST_EXPONENT = -1020;
static const double NO_DENSITY = -1e300;
/* e^(-z^2 / 2) = 2^(-z^2 HALF) */
static const double HALF = 0.72134752044448170368;

/* 2^x, x <= 1023: a polynomial that interpolates it at Chebyshev's points of
   [-1/2, 1/2]; relative error below 2e-12. */
static crucible__lanes power(crucible__lanes x) {
  static const double c[] = {
      1.3255224878668817e-06, 1.5310079402249296e-05, 0.00015403455852453838,
      0.0013333450568000645,  0.009618129159402558,   0.05550410941205933,
      0.2402265069581299,     0.6931471805459335,     1.0};
  const crucible__lanes shift = crucible__lanes_all(0x1.8p52);
  x = crucible__lanes_most(x, crucible__lanes_all(LEAST_EXPONENT));
  const crucible__lanes whole =
      crucible__lanes_sub(crucible__lanes_add(x, shift), shift);
  const crucible__lanes r = crucible__lanes_sub(x, whole);
  crucible__lanes sum = crucible__lanes_all(c[0]);
  _Pragma("GCC unroll 8") for (int k = 1; k < 9; ++k) sum = crucible__lanes_add(
      crucible__lanes_mul(sum, r), crucible__lanes_all(c[k]));
  return crucible__lanes_mul(sum, crucible__lanes_power_of_2(whole));
}

/* P(Z > z), z >= 0: e^(-z^2/2) times a polynomial in (z - 5) / (z + 5), which
   interpolates the rest at Chebyshev's points; relative error below 2e-13 up to
   z = 37. */
static crucible__lanes tail(crucible__lanes z) {
  static const double c[] = {
      -3.3620136384346576e-08, 1.8573902243351844e-08,  3.7264533250086673e-07,
      -3.009167847441705e-07,  -2.7059662247878227e-06, 3.947253619829996e-06,
      1.664132400337645e-05,   -4.974271570025814e-05,  -5.936039741429964e-05,
      0.0005448915602174345,   -0.0007978728822091055,  -0.002993375092550015,
      0.02079506723085145,     -0.06911863891198118,    0.1650203661460516,
      -0.3135331566597505,     0.49530561597038086,     -0.6653825028902484,
      0.769193049750063};
  const crucible__lanes five = crucible__lanes_all(5);
  const crucible__lanes to = crucible__lanes_add(z, five);
  const crucible__lanes y =
      crucible__lanes_div(crucible__lanes_sub(z, five), to);
  crucible__lanes sum = crucible__lanes_all(c[0]);
  _Pragma("GCC unroll 18") for (int k = 1; k < 19; ++k) sum =
      crucible__lanes_add(crucible__lanes_mul(sum, y),
                          crucible__lanes_all(c[k]));
  const crucible__lanes exponent = crucible__lanes_mul(
      crucible__lanes_mul(z, z), crucible__lanes_all(-HALF));
  return crucible__lanes_div(crucible__lanes_mul(sum, power(exponent)), to);
}

/* P(a < Z < b), with its relative accuracy in both tails. */
static crucible__lanes between(crucible__lanes a, crucible__lanes b) {
  const crucible__lanes zero = crucible__lanes_all(0);
  const crucible__lanes one = crucible__lanes_all(1);
  const crucible__lanes twice_middle = crucible__lanes_add(a, b);
  /* on the left side, where low + high <= 0 */
  const crucible__lanes low =
      crucible__lanes_pick(zero, twice_middle, crucible__lanes_sub(zero, b), a);
  const crucible__lanes high =
      crucible__lanes_pick(zero, twice_middle, crucible__lanes_sub(zero, a), b);
  const crucible__lanes beyond = tail(crucible__lanes_abs(high));
  const crucible__lanes below_high = crucible__lanes_pick(
      high, zero, beyond, crucible__lanes_sub(one, beyond));
  const crucible__lanes wide =
      crucible__lanes_sub(below_high, tail(crucible__lanes_abs(low)));
  /* phi(m) w (1 + (m^2 - 1) w^2 / 24) */
  const crucible__lanes w = crucible__lanes_sub(b, a);
  const crucible__lanes m2 =
      crucible__lanes_mul(crucible__lanes_mul(twice_middle, twice_middle),
                          crucible__lanes_all(0.25));
  const crucible__lanes bend =
      crucible__lanes_mul(crucible__lanes_mul(crucible__lanes_sub(m2, one),
                                              crucible__lanes_mul(w, w)),
                          crucible__lanes_all(1. / 24));
  const crucible__lanes height = crucible__lanes_mul(
      power(crucible__lanes_mul(m2, crucible__lanes_all(-HALF))),
      crucible__lanes_all(0.39894228040143267794));
  const crucible__lanes narrow = crucible__lanes_mul(
      crucible__lanes_mul(height, w), crucible__lanes_add(one, bend));
  return crucible__lanes_pick(w, crucible__lanes_all(NARROW), narrow, wide);
}

static int any_less(crucible__lanes a, double b) {
  return crucible__lanes_less(a, crucible__lanes_all(b)) != 0;
}

/* The rows of an axis; returns width times mass, or the mass alone. */
static crucible__lanes refresh_axis(double *rows, int32_t kind,
                                    crucible__lanes floor_width) {
  const crucible__lanes one = crucible__lanes_all(1);
  const crucible__lanes centre =
      crucible__lanes_load(rows + CRUCIBLE__PARZEN_CENTRE * LANES);
  const crucible__lanes gap =
      crucible__lanes_load(rows + CRUCIBLE__PARZEN_GAP * LANES);
  const crucible__lanes width =
      crucible__lanes_least(crucible__lanes_most(gap, floor_width), one);
  const crucible__lanes inverse = crucible__lanes_div(one, width);
  const crucible__lanes to_low = crucible__lanes_mul(centre, inverse);
  const crucible__lanes to_high =
      crucible__lanes_mul(crucible__lanes_sub(one, centre), inverse);
  crucible__lanes below = crucible__lanes_all(0), mass = one;
  if (any_less(to_low, NO_TAIL)) {
    below = tail(to_low);
    mass = crucible__lanes_sub(mass, below);
  }
  if (any_less(to_high, NO_TAIL))
    mass = crucible__lanes_sub(mass, tail(to_high));
  crucible__lanes_store(rows + CRUCIBLE__PARZEN_INVERSE * LANES, inverse);
  crucible__lanes_store(rows + CRUCIBLE__PARZEN_BELOW * LANES, below);
  crucible__lanes_store(rows + CRUCIBLE__PARZEN_MASS * LANES, mass);
  return kind == CRUCIBLE__PARZEN_DISCRETE ? mass
                                           : crucible__lanes_mul(width, mass);
}

static void take_logarithm(double *peak, crucible__lanes *product) {
  double x[LANES];
  crucible__lanes_store(x, *product);
  for (int k = 0; k < LANES; ++k)
    peak[k] -= log2(x[k]);
  *product = crucible__lanes_all(1);
}

static void refresh(double *blocks, size_t n_used, const int32_t *kinds,
                    size_t n_axes, double floor_width) {
  const size_t stride = crucible__parzen_stride(n_axes);
  const crucible__lanes least = crucible__lanes_all(floor_width);
  for (size_t from = 0; from < n_used; from += LANES, blocks += stride) {
    double *peak = blocks + CRUCIBLE__PARZEN_PEAK * LANES;
    double *rows = blocks + CRUCIBLE__PARZEN_AXES * LANES;
    crucible__lanes product = crucible__lanes_all(1);
    crucible__lanes_store(peak, crucible__lanes_all(0));
    for (size_t a = 0; a < n_axes;
         ++a, rows += CRUCIBLE__PARZEN_AXIS_ROWS * LANES) {
      if (kinds[a] != CRUCIBLE__PARZEN_CHOICE)
        product =
            crucible__lanes_mul(product, refresh_axis(rows, kinds[a], least));
      if (a % LOGARITHM_AFTER == LOGARITHM_AFTER - 1)
        take_logarithm(peak, &product);
    }
    take_logarithm(peak, &product);
    for (size_t k = n_used - from; k < LANES; ++k)
      peak[k] = NO_DENSITY;
  }
}

/* Distance from the interval, 0 inside, in widths. */
static crucible__lanes outside(const double *rows, const double *edges) {
  const crucible__lanes centre =
      crucible__lanes_load(rows + CRUCIBLE__PARZEN_CENTRE * LANES);
  const crucible__lanes inverse =
      crucible__lanes_load(rows + CRUCIBLE__PARZEN_INVERSE * LANES);
  const crucible__lanes left =
      crucible__lanes_sub(crucible__lanes_all(edges[0]), centre);
  const crucible__lanes right =
      crucible__lanes_sub(centre, crucible__lanes_all(edges[1]));
  return crucible__lanes_mul(
      crucible__lanes_most(crucible__lanes_most(left, right),
                           crucible__lanes_all(0)),
      inverse);
}

/* Density of the discrete axes, each at least its bound's share. */
static crucible__lanes discrete(const double *rows, const int32_t *kinds,
                                size_t n_axes, const double *at) {
  crucible__lanes product = crucible__lanes_all(1);
  for (size_t a = 0; a < n_axes;
       ++a, rows += CRUCIBLE__PARZEN_AXIS_ROWS * LANES) {
    if (kinds[a] != CRUCIBLE__PARZEN_DISCRETE)
      continue;
    const crucible__lanes centre =
        crucible__lanes_load(rows + CRUCIBLE__PARZEN_CENTRE * LANES);
    const crucible__lanes inverse =
        crucible__lanes_load(rows + CRUCIBLE__PARZEN_INVERSE * LANES);
    const crucible__lanes low =
        crucible__lanes_sub(crucible__lanes_all(at[2 * a]), centre);
    const crucible__lanes high =
        crucible__lanes_sub(crucible__lanes_all(at[2 * a + 1]), centre);
    product = crucible__lanes_mul(product,
                                  between(crucible__lanes_mul(low, inverse),
                                          crucible__lanes_mul(high, inverse)));
  }
  return product;
}

static crucible__lanes depth(crucible__lanes z) {
  return crucible__lanes_mul(crucible__lanes_mul(z, z),
                             crucible__lanes_all(HALF));
}

static crucible__lanes weights_of(const double *block,
                                  const crucible__parzen_weights *weights) {
  return crucible__lanes_least(
      crucible__lanes_all(1),
      crucible__lanes_add(
          crucible__lanes_all(weights->oldest),
          crucible__lanes_mul(
              crucible__lanes_all(weights->more),
              crucible__lanes_load(block + CRUCIBLE__PARZEN_AGE * LANES))));
}

/* One block's densities for one query. */
static void add_block(const double *block, const int32_t *kinds, size_t n_axes,
                      const crucible__parzen_weights *weights,
                      crucible__parzen_query *q) {
  const double *rows = block + CRUCIBLE__PARZEN_AXES * LANES;
  const crucible__lanes least = crucible__lanes_all(q->least);
  crucible__lanes t = crucible__lanes_load(block), bounds;
  int is_discrete = 0;
  bounds = crucible__lanes_all(0);
  for (size_t a = 0; a < n_axes;
       ++a, rows += CRUCIBLE__PARZEN_AXIS_ROWS * LANES) {
    const double *at = q->at + 2 * a;
    if (kinds[a] == CRUCIBLE__PARZEN_CONTINUOUS) {
      const crucible__lanes centre =
          crucible__lanes_load(rows + CRUCIBLE__PARZEN_CENTRE * LANES);
      const crucible__lanes inverse =
          crucible__lanes_load(rows + CRUCIBLE__PARZEN_INVERSE * LANES);
      t = crucible__lanes_sub(
          t, depth(crucible__lanes_mul(
                 crucible__lanes_sub(crucible__lanes_all(at[0]), centre),
                 inverse)));
    } else if (kinds[a] == CRUCIBLE__PARZEN_DISCRETE) {
      const crucible__lanes bound = depth(outside(rows, at));
      t = crucible__lanes_sub(t, bound);
      bounds = crucible__lanes_add(bounds, bound);
      is_discrete = 1;
    } else {
      const crucible__lanes off = crucible__lanes_abs(crucible__lanes_sub(
          crucible__lanes_load(rows + CRUCIBLE__PARZEN_CENTRE * LANES),
          crucible__lanes_all(at[0])));
      t = crucible__lanes_sub(
          t, crucible__lanes_pick(off, crucible__lanes_all(0.5),
                                  crucible__lanes_all(0),
                                  crucible__lanes_all(at[1])));
    }
    if (a % CHECK == CHECK - 1 || a + 1 == n_axes)
      if (crucible__lanes_less(least, t) == 0)
        return;
  }
  crucible__lanes density = crucible__lanes_mul(
      weights_of(block, weights),
      power(crucible__lanes_sub(crucible__lanes_add(t, bounds),
                                crucible__lanes_all(q->reference))));
  if (is_discrete)
    density = crucible__lanes_mul(
        density,
        discrete(block + CRUCIBLE__PARZEN_AXES * LANES, kinds, n_axes, q->at));
  crucible__lanes_store(
      q->sum, crucible__lanes_add(crucible__lanes_load(q->sum), density));
}

/* The same as add_block() of one CONTINUOUS axis, where nearly every kernel
   counts. */
static void add_values(const double *block, size_t n_blocks,
                       const crucible__parzen_weights *weights,
                       crucible__parzen_query *q) {
  const size_t stride = crucible__parzen_stride(1);
  const crucible__lanes at = crucible__lanes_all(q->at[0]);
  const crucible__lanes reference = crucible__lanes_all(q->reference);
  crucible__lanes sum = crucible__lanes_load(q->sum);
  for (size_t b = 0; b < n_blocks; ++b, block += stride) {
    const double *rows = block + CRUCIBLE__PARZEN_AXES * LANES;
    const crucible__lanes z = crucible__lanes_mul(
        crucible__lanes_sub(
            at, crucible__lanes_load(rows + CRUCIBLE__PARZEN_CENTRE * LANES)),
        crucible__lanes_load(rows + CRUCIBLE__PARZEN_INVERSE * LANES));
    const crucible__lanes t =
        crucible__lanes_sub(crucible__lanes_load(block), depth(z));
    sum = crucible__lanes_add(
        sum, crucible__lanes_mul(weights_of(block, weights),
                                 power(crucible__lanes_sub(t, reference))));
  }
  crucible__lanes_store(q->sum, sum);
}

static void add(const double *blocks, size_t n_blocks, const int32_t *kinds,
                size_t n_axes, const crucible__parzen_weights *weights,
                crucible__parzen_query *queries, size_t n_queries) {
  const size_t stride = crucible__parzen_stride(n_axes);
  if (n_axes == 1 && kinds[0] == CRUCIBLE__PARZEN_CONTINUOUS) {
    for (size_t q = 0; q < n_queries; ++q)
      add_values(blocks, n_blocks, weights, &queries[q]);
    return;
  }
  for (size_t b = 0; b < n_blocks; ++b, blocks += stride)
    for (size_t q = 0; q < n_queries; ++q)
      add_block(blocks, kinds, n_axes, weights, &queries[q]);
}

const crucible__parzen_calls PARZEN_KERNEL_NAME = {refresh, add};
