/* SPDX-License-Identifier: Apache-2.0 */
/* The law of the news, and the derivatives of the likelihood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/volatility.h>

#include "math/special.h"
#include "support/egarch_fits.h"
#include "support/egarch_series.h"
#include "support/near.h"
#include "volatility/egarch_law.h"
#include "volatility/egarch_pass.h"
#include "volatility/egarch_spec.h"

/* mpmath 1.4.1, 30 digits: loggamma(x+1/2)-loggamma(x), and the same of
   psi and of psi(1, .). */
static void gamma_ratio_has_fifteen_digits(void **state) {
  (void)state;
  static const double rows[][4] = {
      {1.025, -0.10565749153852780637, 0.59643172674105048603,
       -0.67228394407637233556},
      {1.5, 0.12078223763524522235, 0.38629436111989061883,
       -0.28986813369645287294},
      {2, 0.28468287047291915963, 0.28037230554677604783,
       -0.1545763107479915715},
      {2.7, 0.45058427349980445014, 0.20205572229545855337,
       -0.080890878186922835498},
      {5, 0.77976013727077067423, 0.10497548014995065101,
       -0.021980568747487666234},
      {15.9, 1.3752992135687590732, 0.031940739355319313875,
       -0.0020399025663774254007},
      {16, 1.3784831311999229944, 0.031738043295163128699,
       -0.0020141007252703630571},
      {40, 1.841314808421924927, 0.012578118898390458475,
       -0.00031640563993428683532},
      {250, 2.76023045926445495, 0.0020019999960000319995,
       -8.0159999360007679826e-6},
      {1e6, 6.9077551539821370521, 5.0000012499999999998e-7,
       -5.0000024999999999994e-13}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    double out[3];
    crucible__lgamma_half_step(rows[i][0], out);
    for (int k = 0; k < 3; ++k)
      assert_near(out[k], rows[i][k + 1], 2e-15, 2e-16);
  }
}

static double kappa_of(int32_t law, double nu, double lambda) {
  return crucible__egarch_law_at(law, CRUCIBLE_KAPPA_EXACT, nu, lambda).kappa.v;
}

static void kappa_of_student_t_tends_to_the_normal_one(void **state) {
  (void)state;
  const double sqrt_2_over_pi = 0.79788456080286535588;
  double last = 0;
  for (double nu = 2.05; nu < 1e9; nu *= 1.5) {
    const double kappa = kappa_of(CRUCIBLE_LAW_STUDENT_T, nu, 0);
    assert_true(kappa > last && kappa < sqrt_2_over_pi);
    assert_near(kappa_of(CRUCIBLE_LAW_SKEWED_T, nu, 0), kappa, 1e-14, 0);
    last = kappa;
  }
  assert_near(last, sqrt_2_over_pi, 1e-9, 0);
  /* nu = 4: E|z| = 1 / sqrt(2), by hand */
  assert_near(kappa_of(CRUCIBLE_LAW_STUDENT_T, 4, 0), 0.70710678118654752440,
              1e-15, 0);
  assert_near(kappa_of(CRUCIBLE_LAW_GED, 2, 0), sqrt_2_over_pi, 1e-14, 0);
}

/* Laws and shapes that the tests below go through. */
static const struct {
  int32_t law;
  double nu, lambda;
} laws[] = {{CRUCIBLE_LAW_NORMAL, 0, 0},      {CRUCIBLE_LAW_STUDENT_T, 4.5, 0},
            {CRUCIBLE_LAW_STUDENT_T, 8, 0},   {CRUCIBLE_LAW_STUDENT_T, 40, 0},
            {CRUCIBLE_LAW_SKEWED_T, 5, -0.3}, {CRUCIBLE_LAW_SKEWED_T, 9, 0.2},
            {CRUCIBLE_LAW_SKEWED_T, 7, 0.9},  {CRUCIBLE_LAW_GED, 1.3, 0},
            {CRUCIBLE_LAW_GED, 2.6, 0},       {CRUCIBLE_LAW_GED, 1.05, 0}};
enum { N_LAWS = sizeof laws / sizeof *laws };

static void densities_integrate_to_one_with_variance_one(void **state) {
  (void)state;
  for (int i = 0; i < N_LAWS; ++i) {
    const crucible__egarch_law law = crucible__egarch_law_at(
        laws[i].law, CRUCIBLE_KAPPA_EXACT, laws[i].nu, laws[i].lambda);
    double sums[4] = {0};
    for (double x = -12 + 0.0005; x < 12; x += 0.001) {
      const double z = sinh(x), dz = 0.001 * cosh(x); /* far into the tails */
      const double density = exp(crucible__egarch_ln_density(&law, z));
      sums[0] += density * dz;
      sums[1] += density * dz * fabs(z);
      sums[2] += density * dz * z * z;
      sums[3] += density * dz * z;
    }
    assert_near(sums[0], 1, 1e-7, 0);
    assert_near(sums[1], law.kappa.v, 1e-6, 0);
    assert_near(sums[2], 1, 1e-5, 0);
    assert_near(sums[3], 0, 0, 1e-6);
  }
}

/* arch 8.0.0: SkewStudent().loglikelihood([nu, lambda], [z], [1.0], True) and
   GeneralizedError() likewise. */
static void densities_are_those_of_arch(void **state) {
  (void)state;
  static const double rows[][5] = {{3, 5, -0.3, -3.2, -4.6722669778378751},
                                   {3, 5, -0.3, -0.4, -1.0816920817269815},
                                   {3, 5, -0.3, 0.05, -0.76515411731446648},
                                   {3, 5, -0.3, 1.7, -3.0268178179529608},
                                   {3, 5, -0.3, 6.5, -10.673198856947849},
                                   {3, 9, 0.2, -3.2, -6.1645623839456336},
                                   {3, 9, 0.2, -0.4, -0.819078957193069},
                                   {3, 9, 0.2, 0.05, -0.87197754016818951},
                                   {3, 9, 0.2, 1.7, -2.5212474112420806},
                                   {3, 9, 0.2, 6.5, -9.5183071351386328},
                                   {3, 2.6, 0.8, -3.2, -11.362406630450794},
                                   {3, 2.6, 0.8, -0.4, -0.006389668221785591},
                                   {3, 2.6, 0.8, 0.05, -0.63157768173719364},
                                   {3, 2.6, 0.8, 1.7, -3.3701689472253626},
                                   {3, 2.6, 0.8, 6.5, -7.1483523729992395},
                                   {3, 40, -0.05, -3.2, -5.5875974836662028},
                                   {3, 40, -0.05, -0.4, -1.0111337865604868},
                                   {3, 40, -0.05, 0.05, -0.89935130669399144},
                                   {3, 40, -0.05, 1.7, -2.4137373467245968},
                                   {3, 40, -0.05, 6.5, -17.09560017213737},
                                   {4, 1.1, 0, -3.2, -4.9310842424107699},
                                   {4, 1.1, 0, 0.05, -0.50496968599108316},
                                   {4, 1.1, 0, 1.7, -2.6891077291882999},
                                   {4, 1.5, 0, -3.2, -5.3025939237707176},
                                   {4, 1.5, 0, 0.05, -0.75131409931095217},
                                   {4, 1.5, 0, 1.7, -2.5081647970277925},
                                   {4, 2, 0, -3.2, -6.0389385332046732},
                                   {4, 2, 0, 0.05, -0.92018853320467253},
                                   {4, 2, 0, 1.7, -2.3639385332046725},
                                   {4, 3.5, 0, -3.2, -10.499516620380412},
                                   {4, 3.5, 0, 0.05, -1.1108012979001993},
                                   {4, 3.5, 0, 1.7, -2.1368093844355007}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    const crucible__egarch_law law = crucible__egarch_law_at(
        (int32_t)rows[i][0], CRUCIBLE_KAPPA_EXACT, rows[i][1], rows[i][2]);
    assert_near(crucible__egarch_ln_density(&law, rows[i][3]), rows[i][4],
                1e-12, 1e-13);
  }
}

/* ---- derivatives ---- */

/* Models of every kind: orders, lags of the mean, the cap. */
static const struct {
  uint32_t p, o, q, ar;
  double cap;
} models[] = {{1, 1, 1, 0, 0},   {2, 1, 2, 0, 0},  {3, 3, 3, 2, 0},
              {1, 0, 1, 1, 0},   {0, 1, 2, 0, 0},  {1, 2, 0, 3, 0},
              {1, 1, 1, 0, 1.5}, {2, 2, 1, 1, 1.5}};
enum { N_MODELS = sizeof models / sizeof *models };

static crucible_egarch_params model_at(int model, int law, int32_t kappa,
                                       int32_t presample) {
  static const double alpha[] = {0.12, 0.05, -0.03}, beta[] = {0.6, 0.2, 0.13};
  static const double gamma[] = {-0.07, 0.04, 0.02}, phi[] = {0.1, -0.05, 0.03};
  crucible_egarch_params out = {.struct_size = sizeof out,
                                .p = models[model].p,
                                .o = models[model].o,
                                .q = models[model].q,
                                .law = laws[law].law,
                                .kappa = kappa,
                                .presample = presample,
                                .mu = 0.03,
                                .omega = -0.01,
                                .nu = laws[law].nu,
                                .lambda = laws[law].lambda,
                                .ar = models[model].ar,
                                .news_cap = models[model].cap};
  memcpy(out.alpha, alpha, out.p * sizeof *alpha);
  memcpy(out.gamma, gamma, out.o * sizeof *gamma);
  memcpy(out.beta, beta, out.q * sizeof *beta);
  memcpy(out.phi, phi, out.ar * sizeof *phi);
  return out;
}

static void score_equals_central_differences(void **state) {
  (void)state;
  double returns[N], score[16];
  egarch_series(1, N, returns);
  for (int model = 0; model < N_MODELS; ++model)
    for (int law = 0; law < N_LAWS; ++law)
      for (int32_t kappa = 1; kappa <= 2; ++kappa)
        for (int32_t presample = 1; presample <= 4; ++presample) {
          crucible_egarch_params params =
              model_at(model, law, kappa, presample);
          loglik_at(&params, returns, N, score);
          for (int i = 0; param_at(&params, i) != NULL; ++i) {
            double *p = param_at(&params, i);
            const double at = *p, step = 1e-5 * fmax(fabs(at), 0.1);
            *p = at + step;
            const double up = loglik_at(&params, returns, N, NULL);
            *p = at - step;
            const double down = loglik_at(&params, returns, N, NULL);
            *p = at;
            /* a return that the step carries over a corner, or over the
               cusp of GED, weighs in the difference */
            assert_near(score[i], (up - down) / (2 * step), 2e-6,
                        laws[law].law == CRUCIBLE_LAW_GED ? 5e-3 : 5e-5);
          }
        }
}

static void hessian_equals_differences_of_the_score(void **state) {
  (void)state;
  enum { K = CRUCIBLE__EGARCH_K };
  double returns[N], hessian[K * K], score[K], up[K], down[K], theta[K];
  egarch_series(2, N, returns);
  for (int model = 0; model < N_MODELS; ++model)
    for (int law = 0; law < N_LAWS; ++law)
      for (int32_t presample = 1; presample <= 4; ++presample) {
        crucible_egarch_params params = model_at(model, law, 1, presample);
        if (laws[law].nu == 1.05)
          continue; /* its curvature is not that of the differences */
        params.mean = params.ar > 0 ? CRUCIBLE_MEAN_AR : CRUCIBLE_MEAN_CONSTANT;
        const crucible__egarch_form form = crucible__egarch_form_at(&params);
        crucible__egarch_data data;
        assert_true(crucible__egarch_data_init(&data, returns, N, 1, &form));
        crucible__egarch_to_theta(&params, theta);
        crucible__egarch_law at = crucible__egarch_law_by(&params);
        crucible__egarch_hessian(&data, &at, theta, score, hessian);
        for (int i = 0; i < form.k; ++i) {
          double *p = param_at(&params, i);
          const double middle = *p, step = 1e-6 * fmax(fabs(middle), 0.1);
          const int of_mean = i == 0 || i >= form.phi;
          *p = middle + step;
          crucible__egarch_to_theta(&params, theta);
          at = crucible__egarch_law_by(&params);
          crucible__egarch_score(&data, &at, theta, up);
          *p = middle - step;
          crucible__egarch_to_theta(&params, theta);
          at = crucible__egarch_law_by(&params);
          crucible__egarch_score(&data, &at, theta, down);
          *p = middle;
          for (int j = 0; j < form.k; ++j) {
            assert_same_bits(hessian[i * K + j], hessian[j * K + i]);
            /* not the curvature by the mean: see egarch_ged_at() */
            if (laws[law].law == CRUCIBLE_LAW_GED && of_mean)
              continue;
            assert_near(hessian[i * K + j], (up[j] - down[j]) / (2 * step),
                        2e-5, 1e-2);
          }
        }
      }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gamma_ratio_has_fifteen_digits),
      cmocka_unit_test(kappa_of_student_t_tends_to_the_normal_one),
      cmocka_unit_test(densities_integrate_to_one_with_variance_one),
      cmocka_unit_test(densities_are_those_of_arch),
      cmocka_unit_test(score_equals_central_differences),
      cmocka_unit_test(hessian_equals_differences_of_the_score),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
