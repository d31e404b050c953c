/* SPDX-License-Identifier: Apache-2.0 */
/* A number with its first and second derivatives by two variables. */
#ifndef CRUCIBLE__JET_H
#define CRUCIBLE__JET_H

typedef struct crucible__jet {
  double v;    /* value */
  double d[2]; /* by x, by y */
  double e[3]; /* by xx, xy, yy */
} crucible__jet;

static inline crucible__jet crucible__jet_constant(double v) {
  return (crucible__jet){.v = v};
}

/* f(a) where f, first and second are f and its derivatives at a.v */
static inline crucible__jet crucible__jet_map(crucible__jet a, double f,
                                              double first, double second) {
  return (crucible__jet){.v = f,
                         .d = {first * a.d[0], first * a.d[1]},
                         .e = {first * a.e[0] + second * a.d[0] * a.d[0],
                               first * a.e[1] + second * a.d[0] * a.d[1],
                               first * a.e[2] + second * a.d[1] * a.d[1]}};
}

/* s a + t b */
static inline crucible__jet crucible__jet_sum(double s, crucible__jet a,
                                              double t, crucible__jet b) {
  crucible__jet out = {.v = s * a.v + t * b.v};
  for (int i = 0; i < 2; ++i)
    out.d[i] = s * a.d[i] + t * b.d[i];
  for (int i = 0; i < 3; ++i)
    out.e[i] = s * a.e[i] + t * b.e[i];
  return out;
}

static inline crucible__jet crucible__jet_product(crucible__jet a,
                                                  crucible__jet b) {
  return (crucible__jet){
      .v = a.v * b.v,
      .d = {a.v * b.d[0] + b.v * a.d[0], a.v * b.d[1] + b.v * a.d[1]},
      .e = {a.v * b.e[0] + 2 * a.d[0] * b.d[0] + b.v * a.e[0],
            a.v * b.e[1] + a.d[0] * b.d[1] + a.d[1] * b.d[0] + b.v * a.e[1],
            a.v * b.e[2] + 2 * a.d[1] * b.d[1] + b.v * a.e[2]}};
}

crucible__jet crucible__jet_exp(crucible__jet a);
crucible__jet crucible__jet_log(crucible__jet a);
crucible__jet crucible__jet_inverse(crucible__jet a);

#endif
