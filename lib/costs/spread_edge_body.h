/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EDGE in one text for single numbers and for eight abreast, with the same bits
 * in each: every operation is one IEEE operation. Who includes this defines
 * before it the type num and, as functions of num, add, sub, mul, quotient,
 * root, size_of, all (of a double), pick (a < b ? x : y) and log_of_far, which
 * puts log(a / b) where z = (a - b) / (a + b) is not near 0 or a + b overflows.
 *
 * The names are those of bidask. Of r1 .. r5 three are free: with a = r1,
 * b = r4, c = r5 it is r2 = c + b and r3 = a + c, and every sum of bidask's
 * edge_rolling.py is one of 19 sums of products of a, b and c. Where tau is 0, a
 * and c are 0 as well.
 */
#include "costs/spread_log_body.h"
#include "costs/spread_terms.h"

static inline num twice(num x) { return add(x, x); }

/* log(a / b) of two prices. */
static inline num log_ratio(num a, num b) {
  const num both = add(a, b), z = quotient(sub(a, b), both);
  return log_of_far(a, b, both, z, log_of_near(z));
}

/* The middle of two logs: of a bar's range. */
static inline num middle_of(num up, num down) {
  return mul(add(up, down), all(0.5));
}

/* How many of a bar's high and low are apart from a price in it. */
static inline num sides_of(num high, num low, num price) {
  const num none = all(0), one = all(1);
  return add(pick(price, high, one, none), pick(low, price, one, none));
}

/* What a bar adds: to_open, to_close: logs of its open and close over the close
   before it; with the middle of the bar before and the sides of that close. */
static inline void edge_basis(num open, num high, num low, num to_open,
                              num to_close, num middle, num close_before,
                              num middle_before, num sides_before,
                              num basis[CRUCIBLE__EDGE_BASIS]) {
  const num none = all(0), one = all(1);
  const num to_middle = add(to_close, middle);
  const num moved =
      pick(low, high, one,
           pick(low, close_before, one, pick(close_before, low, one, none)));
  basis[CRUCIBLE__EDGE_A] = sub(to_middle, to_open);
  basis[CRUCIBLE__EDGE_B] = sub(none, middle_before);
  basis[CRUCIBLE__EDGE_C] = to_open;
  basis[CRUCIBLE__EDGE_TAU] = moved;
  basis[CRUCIBLE__EDGE_PO] = mul(moved, sides_of(high, low, open));
  basis[CRUCIBLE__EDGE_PC] = mul(moved, sides_before);
}

/* The sums, by the letters that are multiplied; by twos that are alike. */
enum {
  S_AC,
  S_AB,
  S_BC,
  S_CC,
  S_ACC,
  S_ABC,
  S_ABB,
  S_BBC,
  S_AACC,
  S_AABC,
  S_AABB,
  S_ABBC,
  S_BBCC,
  S_BCC,
  S_ABCC,
  S_TBB, /* of tau, b and b */
  S_A,
  S_C,
  S_TB,
  S_TAU,
  S_PO,
  S_PC
};
_Static_assert(S_PC + 1 == CRUCIBLE__EDGE_SUMS, "each sum has a name");

static inline __attribute__((always_inline)) void
edge_terms(const num basis[CRUCIBLE__EDGE_BASIS],
           num term[CRUCIBLE__EDGE_SUMS]) {
  const num a = basis[CRUCIBLE__EDGE_A], b = basis[CRUCIBLE__EDGE_B];
  const num c = basis[CRUCIBLE__EDGE_C], tau = basis[CRUCIBLE__EDGE_TAU];
  const num ac = mul(a, c), ab = mul(a, b), bc = mul(c, b), tb = mul(tau, b);
  term[S_AC] = ac;
  term[S_AB] = ab;
  term[S_BC] = bc;
  term[S_CC] = mul(c, c);
  term[S_ACC] = mul(ac, c);
  term[S_ABC] = mul(ac, b);
  term[S_ABB] = mul(ab, b);
  term[S_BBC] = mul(bc, b);
  term[S_AACC] = mul(ac, ac);
  term[S_AABC] = mul(ac, ab);
  term[S_AABB] = mul(ab, ab);
  term[S_ABBC] = mul(ab, bc);
  term[S_BBCC] = mul(bc, bc);
  term[S_BCC] = mul(bc, c);
  term[S_ABCC] = mul(ac, bc);
  term[S_TBB] = mul(tb, b);
  term[S_A] = a;
  term[S_C] = c;
  term[S_TB] = tb;
  term[S_TAU] = tau;
  term[S_PO] = basis[CRUCIBLE__EDGE_PO];
  term[S_PC] = basis[CRUCIBLE__EDGE_PC];
}

/* Of one of the two moments: its expectation and its variance. */
typedef struct moment {
  num e, v;
} moment;

/* r: r2 in the first moment, r5 in the second; g: r3, r5; t: tau r2, r5. */
typedef struct moment_sums {
  num u, v, t, g;             /* r1 r, g r4, t, g */
  num uu, ur, tr, vv, vb, uv; /* with r4 as b */
  num vr, ub, tb;
} moment_sums;

static inline __attribute__((always_inline)) moment
moment_of(const moment_sums *s, const num *sum, num a1, num a2, num c1, num per,
          num n) {
  const num c2 = mul(s->g, per);
  const num e = add(mul(a1, sub(s->u, mul(c1, s->t))),
                    mul(a2, sub(s->v, mul(c2, sum[S_TB]))));
  const num open =
      add(sub(s->uu, twice(mul(c1, s->ur))), mul(mul(c1, c1), s->tr));
  const num close =
      add(sub(s->vv, twice(mul(c2, s->vb))), mul(mul(c2, c2), sum[S_TBB]));
  const num both = add(sub(sub(s->uv, mul(c1, s->vr)), mul(c2, s->ub)),
                       mul(mul(c1, c2), s->tb));
  const num squares = add(add(mul(mul(a1, a1), open), mul(mul(a2, a2), close)),
                          twice(mul(mul(a1, a2), both)));
  return (moment){e, sub(mul(n, squares), mul(e, e))};
}

/*
 * The estimate. Sums: all terms of the n bars that have a neighbour before them;
 * all_a: a of all bars, over how many there are, times n. What has no estimate
 * gives anything that told() or the caller takes for none: NaN where fewer than
 * two bars moved or none opened, or none closed, inside its range.
 */
static inline __attribute__((always_inline)) num
edge_of(const num sum[CRUCIBLE__EDGE_SUMS], num all_a, num n, moment part[2]) {
  const num tau = sum[S_TAU], po = sum[S_PO], pc = sum[S_PC];
  const num ac = sum[S_AC], bc = sum[S_BC], abc = sum[S_ABC];
  const num popc = mul(po, pc), common = quotient(all(1), mul(tau, popc));
  const num per = mul(popc, common);
  const num four = mul(mul(all(-4), tau), common);
  const num a1 = mul(four, pc), a2 = mul(four, po), c1 = mul(all_a, per);
  const num abc_abb = add(abc, sum[S_ABB]), bbc_tbb = add(bc, sum[S_TBB]);
  const moment_sums first = {
      .u = add(ac, sum[S_AB]),
      .v = add(sum[S_AB], bc),
      .t = add(sum[S_C], sum[S_TB]),
      .g = add(sum[S_A], sum[S_C]),
      .uu = add(add(sum[S_AACC], twice(sum[S_AABC])), sum[S_AABB]),
      .ur = add(add(sum[S_ACC], abc), abc_abb),
      .tr = add(add(sum[S_CC], bc), bbc_tbb),
      .vv = add(add(sum[S_AABB], twice(sum[S_ABBC])), sum[S_BBCC]),
      .vb = add(sum[S_ABB], sum[S_BBC]),
      .uv = add(add(sum[S_AABC], sum[S_ABCC]), add(sum[S_AABB], sum[S_ABBC])),
      .vr = add(abc_abb, add(sum[S_BCC], sum[S_BBC])),
      .ub = abc_abb,
      .tb = bbc_tbb};
  const moment_sums second = {.u = ac,
                              .v = bc,
                              .t = sum[S_C],
                              .g = sum[S_C],
                              .uu = sum[S_AACC],
                              .ur = sum[S_ACC],
                              .tr = sum[S_CC],
                              .vv = sum[S_BBCC],
                              .vb = sum[S_BBC],
                              .uv = sum[S_ABCC],
                              .vr = sum[S_BCC],
                              .ub = abc,
                              .tb = bc};
  part[0] = moment_of(&first, sum, a1, a2, c1, per, n);
  part[1] = moment_of(&second, sum, a1, a2, c1, per, n);
  const num v = add(part[0].v, part[1].v), none = all(0);
  const num square = pick(
      none, v,
      quotient(add(mul(part[1].v, part[0].e), mul(part[0].v, part[1].e)), v),
      mul(add(part[0].e, part[1].e), all(0.5)));
  const num size = root(size_of(square));
  const num nothing = all((double)NAN);
  const num told = pick(square, none, sub(none, size), size);
  return pick(all(1.5), tau, pick(none, popc, told, nothing), nothing);
}
