/* SPDX-License-Identifier: Apache-2.0 */
/* The law of the news, its derivatives, and the fit of EGARCH by likelihood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <crucible/runtime.h>
#include <crucible/volatility.h>

#include "base/pool.h"
#include "math/special.h"
#include "support/egarch_fits.h"
#include "support/egarch_series.h"
#include "support/near.h"
#include "volatility/egarch_law.h"
#include "volatility/egarch_pass.h"
#include "volatility/egarch_spec.h"

static double loglik_at(const crucible_egarch_params *params,
                        const double *returns, size_t n, double *score) {
  double loglik;
  assert_int_equal(
      crucible_egarch_likelihood(params, returns, n, &loglik, NULL, score),
      CRUCIBLE_OK);
  return loglik;
}

/* ---- the law ---- */

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

/* Where parameter number i of the score is; NULL after the last. */
static double *place_of(crucible_egarch_params *params, int i) {
  double *all[16];
  int n = 0;
  all[n++] = &params->mu;
  all[n++] = &params->omega;
  for (uint32_t j = 0; j < params->p; ++j)
    all[n++] = &params->alpha[j];
  for (uint32_t j = 0; j < params->o; ++j)
    all[n++] = &params->gamma[j];
  for (uint32_t j = 0; j < params->q; ++j)
    all[n++] = &params->beta[j];
  if (params->law != CRUCIBLE_LAW_NORMAL)
    all[n++] = &params->nu;
  if (params->law == CRUCIBLE_LAW_SKEWED_T)
    all[n++] = &params->lambda;
  for (uint32_t j = 0; j < params->ar; ++j)
    all[n++] = &params->phi[j];
  return i < n ? all[i] : NULL;
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
          for (int i = 0; place_of(&params, i) != NULL; ++i) {
            double *p = place_of(&params, i);
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
          double *p = place_of(&params, i);
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

/* ---- the fit ---- */

static void score_vanishes_at_the_optimum(void **state) {
  (void)state;
  double returns[N], score[6];
  egarch_series(3, N, returns);
  for (int32_t law = 1; law <= 2; ++law)
    for (int32_t presample = 1; presample <= 4; ++presample) {
      crucible_egarch_options options;
      crucible_egarch_options_init(&options, sizeof options);
      options.law = law;
      options.presample = presample;
      const crucible_egarch_fit_result fit = fit_of(returns, N, &options);
      assert_int_equal(fit.warnings, 0);
      const double loglik = loglik_at(&fit.params, returns, N, score);
      assert_near(fit.loglik, loglik, 1e-13, 0);
      for (int i = 0; i < (law == CRUCIBLE_LAW_NORMAL ? 5 : 6); ++i)
        assert_near(score[i], 0, 0, 1e-4);
      const double k = law == CRUCIBLE_LAW_NORMAL ? 5 : 6;
      assert_near(fit.aic, 2 * k - 2 * loglik, 1e-13, 0);
      assert_near(fit.bic, k * log(N) - 2 * loglik, 1e-13, 0);
    }
}

static void more_lags_and_shapes_are_no_less_likely(void **state) {
  (void)state;
  static const uint32_t orders[][3] = {
      {1, 1, 1}, {2, 1, 1}, {2, 1, 2}, {3, 2, 3}};
  double returns[N], score[16];
  egarch_series(3, N, returns);
  for (int32_t law = 1; law <= 4; ++law) {
    double last = -HUGE_VAL;
    for (int i = 0; i < 4; ++i) {
      crucible_egarch_options options;
      crucible_egarch_options_init(&options, sizeof options);
      options.p = orders[i][0];
      options.o = orders[i][1];
      options.q = orders[i][2];
      options.law = law;
      crucible_egarch_fit_result fit = fit_of(returns, N, &options);
      assert_true(fit.loglik > last - 0.5); /* but for the presample */
      last = fit.loglik;
      assert_near(loglik_at(&fit.params, returns, N, score), fit.loglik, 1e-12,
                  0);
      /* mu may stand on a small corner */
      for (int k = 1; place_of(&fit.params, k) != NULL; ++k)
        if (fit.warnings == 0) /* in standard errors; GED has cusps */
          assert_near(score[k] * *place_of(&fit.se_classic, k), 0, 0,
                      law == CRUCIBLE_LAW_GED ? 0.02 : 1e-4);
    }
  }
}

static void lags_of_the_mean_are_found(void **state) {
  (void)state;
  double returns[4 * N];
  crucible_egarch_options options;
  egarch_series(44, 4 * N, returns);
  for (size_t t = 2; t < 4 * N; ++t)
    returns[t] += 0.3 * returns[t - 1] - 0.2 * returns[t - 2];
  crucible_egarch_options_init(&options, sizeof options);
  options.mean = CRUCIBLE_MEAN_AR;
  options.ar = 2;
  const crucible_egarch_fit_result fit = fit_of(returns, 4 * N, &options);
  assert_int_equal(fit.n, 4 * N - 2);
  assert_near(fit.params.phi[0], 0.3, 0, 4 * fit.se_robust.phi[0]);
  assert_near(fit.params.phi[1], -0.2, 0, 4 * fit.se_robust.phi[1]);
  assert_true(fit.se_robust.phi[0] < 0.05);
}

static void a_cap_on_the_news_is_part_of_the_model(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_options options;
  egarch_series(45, N, returns);
  returns[N / 2] = 60;
  crucible_egarch_options_init(&options, sizeof options);
  const crucible_egarch_fit_result open = fit_of(returns, N, &options);
  options.news_cap = 8;
  const crucible_egarch_fit_result held = fit_of(returns, N, &options);
  assert_true(held.loglik != open.loglik);
  assert_near(held.params.news_cap, 8, 0, 0);
  assert_near(loglik_at(&held.params, returns, N, NULL), held.loglik, 1e-12, 0);
}

static void no_neighbour_is_more_likely_than_the_fit(void **state) {
  (void)state;
  double returns[N];
  uint32_t draws = 77;
  egarch_series(4, N, returns);
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  for (int trial = 0; trial < 300; ++trial) {
    crucible_egarch_params near = fit.params, se = fit.se_classic;
    for (int i = 0; i < 6; ++i)
      *param_at(&near, i) += *param_at(&se, i) * 0.3 * (lcg_next(&draws) - 0.5);
    assert_true(loglik_at(&near, returns, N, NULL) < fit.loglik);
  }
}

static void scaling_by_a_power_of_two_changes_no_digit(void **state) {
  (void)state;
  double returns[N], scaled[N];
  egarch_series(5, N, returns);
  const crucible_egarch_fit_result a = fit_of(returns, N, NULL);
  const int exponents[] = {-14, 13, -300, 300};
  for (int e = 0; e < 4; ++e) {
    for (size_t t = 0; t < N; ++t)
      scaled[t] = ldexp(returns[t], exponents[e]);
    const crucible_egarch_fit_result b = fit_of(scaled, N, NULL);
    assert_same_bits(b.params.mu, ldexp(a.params.mu, exponents[e]));
    assert_same_bits(b.params.alpha[0], a.params.alpha[0]);
    assert_same_bits(b.params.gamma[0], a.params.gamma[0]);
    assert_same_bits(b.params.beta[0], a.params.beta[0]);
    assert_same_bits(b.params.nu, a.params.nu);
    assert_same_bits(b.se_robust.nu, a.se_robust.nu);
    assert_near(b.loglik, a.loglik - N * exponents[e] * log(2), 1e-12, 1e-9);
    assert_near(b.next_variance, ldexp(a.next_variance, 2 * exponents[e]),
                1e-12, 0);
    assert_near(loglik_at(&b.params, scaled, N, NULL), b.loglik, 1e-9, 0);
  }
}

static void a_start_near_or_far_leads_to_the_same_optimum(void **state) {
  (void)state;
  double returns[N];
  egarch_series(6, N, returns);
  const crucible_egarch_fit_result cold = fit_of(returns, N, NULL);
  crucible_egarch_fit_result warm = {.struct_size = sizeof warm};
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &cold.params, &warm),
                   CRUCIBLE_OK);
  assert_near(warm.loglik, cold.loglik, 1e-12, 0);
  assert_true(warm.n_evaluations < cold.n_evaluations);
  crucible_egarch_params far = params_at(CRUCIBLE_LAW_NORMAL, 1, 1);
  far.beta[0] = 0.5;
  far.mu = -0.3;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &far, &warm),
                   CRUCIBLE_OK);
  assert_near(warm.loglik, cold.loglik, 1e-9, 0);
}

static void a_start_without_a_filter_gives_way_to_the_grid(void **state) {
  (void)state;
  double returns[N];
  egarch_series(6, N, returns);
  crucible_egarch_params chaotic = params_at(CRUCIBLE_LAW_STUDENT_T, 1, 1);
  chaotic.alpha[0] = -2;
  chaotic.gamma[0] = 1;
  crucible_egarch_fit_result fit = {.struct_size = sizeof fit};
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &chaotic, &fit),
                   CRUCIBLE_OK);
  assert_near(fit.loglik, fit_of(returns, N, NULL).loglik, 1e-9, 0);
}

static void mean_zero_leaves_mu_at_zero(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_options options;
  egarch_series(7, N, returns);
  crucible_egarch_options_init(&options, sizeof options);
  options.mean = CRUCIBLE_MEAN_ZERO;
  const crucible_egarch_fit_result zero = fit_of(returns, N, &options);
  const crucible_egarch_fit_result free_mean = fit_of(returns, N, NULL);
  assert_same_bits(zero.params.mu, 0);
  assert_true(isnan(zero.se_classic.mu));
  assert_true(zero.se_classic.beta[0] > 0);
  assert_true(zero.loglik <= free_mean.loglik);
  assert_near(zero.aic, 10 - 2 * zero.loglik, 1e-13, 0);
}

static void normal_returns_put_nu_on_its_bound(void **state) {
  (void)state;
  double returns[N];
  uint32_t draws = 5;
  for (size_t t = 0; t < N; ++t) /* thinner tails than the normal law's */
    returns[t] = lcg_next(&draws) - 0.5;
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_true(fit.warnings & CRUCIBLE_FIT_ON_BOUND);
  assert_near(fit.params.nu, 500, 1e-9, 0);
  assert_true(isnan(fit.se_classic.nu));
}

static void zero_returns_and_outliers_are_fitted(void **state) {
  (void)state;
  double returns[N], score[6];
  egarch_series(8, N, returns);
  for (size_t t = 0; t < N; t += 12)
    returns[t] = 0; /* bars without a trade */
  for (size_t t = 300; t < 312; ++t)
    returns[t] = 0;
  returns[400] = 40; /* standard deviations, about */
  returns[401] = -40;
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_int_equal(fit.warnings, 0);
  loglik_at(&fit.params, returns, N, score);
  for (int i = 0; i < 6; ++i)
    assert_near(score[i], 0, 0, 1e-3);
}

/* |r - mu| has its corner where returns pile up: no score vanishes there. */
static void mean_stays_on_the_corner_that_many_zeros_make(void **state) {
  (void)state;
  double returns[N];
  egarch_series(8, N, returns);
  for (size_t t = 0; t < N; t += 5)
    returns[t] = 0;
  for (size_t t = 0; t < 360; ++t)
    if (t < 100 || t >= 300)
      returns[t] = 0;
  returns[400] = 60;
  returns[401] = -55;
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_false(fit.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  assert_near(fit.params.mu, 0, 0, 0);
  for (double step = 1e-7; step < 1; step *= 10)
    for (int sign = -1; sign <= 1; sign += 2) {
      crucible_egarch_params near = fit.params;
      near.mu = sign * step;
      assert_true(loglik_at(&near, returns, N, NULL) < fit.loglik);
    }
}

/* Each return is a small corner: a search that trusts the score ends on the
   wrong side of one. */
static void fit_finds_the_highest_of_the_tops_along_the_mean(void **state) {
  (void)state;
  double returns[N];
  for (uint32_t seed = 20; seed < 30; ++seed) {
    crucible_egarch_options options;
    crucible_egarch_options_init(&options, sizeof options);
    options.tolerance = 1e-12;
    egarch_series(seed, N, returns);
    const crucible_egarch_fit_result fit = fit_of(returns, N, &options);
    if (fit.warnings != 0)
      continue; /* chaos, bounds */
    for (int i = -20; i <= 20; ++i) {
      crucible_egarch_fit_result other = {.struct_size = sizeof other};
      crucible_egarch_params start = fit.params;
      start.mu += 0.1 * i * fit.se_classic.mu;
      assert_int_equal(
          crucible_egarch_fit(returns, N, &options, &start, &other),
          CRUCIBLE_OK);
      assert_true(other.loglik < fit.loglik + 1e-6);
    }
  }
}

/* A slow fall of the variance in a short series: the likelihood rises towards
   alpha < 0, where the filter never forgets its start. */
static void fit_stops_before_parameters_without_a_filter(void **state) {
  (void)state;
  double returns[N], theta[CRUCIBLE__EGARCH_K];
  uint32_t draws = 77;
  egarch_series(1, N, returns);
  for (size_t t = 0; t < N; ++t) {
    returns[t] -= 0.02;
    if (lcg_next(&draws) < 0.16875)
      returns[t] = 0;
  }
  const crucible_egarch_fit_result fit = fit_of(returns, N, NULL);
  assert_true(fit.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  assert_true(fit.warnings & CRUCIBLE_FIT_NOT_INVERTIBLE);
  assert_true(fit.params.alpha[0] < 0);
  crucible__egarch_data data;
  crucible__egarch_closing closing;
  crucible_egarch_params at = fit.params;
  const crucible__egarch_law law = crucible__egarch_law_by(&at);
  const crucible__egarch_form form = crucible__egarch_form_at(&at);
  assert_true(crucible__egarch_data_init(&data, returns, N, 1, &form));
  crucible__egarch_to_theta(&at, theta);
  crucible__egarch_close(&data, &law, theta, NULL, &closing);
  assert_true(closing.chaos < 0 && closing.chaos > -0.01);
}

static void fit_refuses_what_it_cannot_fit(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_fit_result fit = {.struct_size = sizeof fit};
  crucible_egarch_options options;
  egarch_series(9, N, returns);
  assert_int_equal(crucible_egarch_fit(NULL, N, NULL, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_egarch_fit(returns, 99, NULL, NULL, &fit),
                   CRUCIBLE_E_TOO_SHORT);
  const struct {
    size_t offset;
    uint32_t value;
    crucible_status status;
  } wrong[] = {
      {offsetof(crucible_egarch_options, p), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, o), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, q), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, ar), 1, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, law), 5, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, kappa), 0, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, mean), 3, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, mean), 4, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, presample), 5, CRUCIBLE_E_INVALID},
      {offsetof(crucible_egarch_options, max_evaluations), 0,
       CRUCIBLE_E_INVALID}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    crucible_egarch_options_init(&options, sizeof options);
    memcpy((char *)&options + wrong[i].offset, &wrong[i].value,
           sizeof wrong[i].value);
    assert_int_equal(crucible_egarch_fit(returns, N, &options, NULL, &fit),
                     wrong[i].status);
  }
  crucible_egarch_options_init(&options, sizeof options);
  options.tolerance = 0;
  assert_int_equal(crucible_egarch_fit(returns, N, &options, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  crucible_egarch_params start = params_at(2, 1, 1);
  start.nu = 2;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, &start, &fit),
                   CRUCIBLE_E_INVALID);
  returns[17] = NAN;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, &fit),
                   CRUCIBLE_E_INVALID);
  assert_non_null(strstr(crucible_last_error(), "returns[17]"));
  for (size_t t = 0; t < N; ++t)
    returns[t] = 0.001;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, &fit),
                   CRUCIBLE_E_DOMAIN);
  for (size_t t = 0; t < N; ++t)
    returns[t] = t % 2 ? 1e308 : -1e308;
  assert_int_equal(crucible_egarch_fit(returns, N, NULL, NULL, &fit),
                   CRUCIBLE_E_DOMAIN);
  assert_int_equal(fit.n, 0); /* untouched by any of them */
}

static void a_search_cut_short_says_so(void **state) {
  (void)state;
  double returns[N];
  crucible_egarch_options options;
  egarch_series(10, N, returns);
  crucible_egarch_options_init(&options, sizeof options);
  options.max_evaluations = 2;
  const crucible_egarch_fit_result fit = fit_of(returns, N, &options);
  assert_true(fit.warnings & CRUCIBLE_FIT_NOT_CONVERGED);
  assert_true(fit.loglik <= fit_of(returns, N, NULL).loglik);
}

typedef struct fits {
  double returns[12][N];
  crucible_egarch_fit_result result[12];
} fits;

static crucible_status fit_item(size_t i, uint32_t worker, void *data) {
  fits *all = data;
  (void)worker;
  all->result[i].struct_size = sizeof all->result[i];
  return crucible_egarch_fit(all->returns[i], N, NULL, NULL, &all->result[i]);
}

static void fits_on_many_threads_are_the_same_bits(void **state) {
  (void)state;
  static fits alone, together;
  crucible_pool *pool;
  for (uint32_t i = 0; i < 12; ++i)
    egarch_series(50 + i, N, alone.returns[i]);
  together = alone;
  assert_int_equal(crucible_pool_create(4, &pool), CRUCIBLE_OK);
  assert_int_equal(crucible__pool_run(NULL, 12, fit_item, &alone, NULL),
                   CRUCIBLE_OK);
  assert_int_equal(crucible__pool_run(pool, 12, fit_item, &together, NULL),
                   CRUCIBLE_OK);
  assert_memory_equal(alone.result, together.result, sizeof alone.result);
  crucible_pool_destroy(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gamma_ratio_has_fifteen_digits),
      cmocka_unit_test(kappa_of_student_t_tends_to_the_normal_one),
      cmocka_unit_test(densities_integrate_to_one_with_variance_one),
      cmocka_unit_test(densities_are_those_of_arch),
      cmocka_unit_test(score_equals_central_differences),
      cmocka_unit_test(hessian_equals_differences_of_the_score),
      cmocka_unit_test(score_vanishes_at_the_optimum),
      cmocka_unit_test(more_lags_and_shapes_are_no_less_likely),
      cmocka_unit_test(lags_of_the_mean_are_found),
      cmocka_unit_test(a_cap_on_the_news_is_part_of_the_model),
      cmocka_unit_test(no_neighbour_is_more_likely_than_the_fit),
      cmocka_unit_test(scaling_by_a_power_of_two_changes_no_digit),
      cmocka_unit_test(a_start_near_or_far_leads_to_the_same_optimum),
      cmocka_unit_test(a_start_without_a_filter_gives_way_to_the_grid),
      cmocka_unit_test(mean_zero_leaves_mu_at_zero),
      cmocka_unit_test(normal_returns_put_nu_on_its_bound),
      cmocka_unit_test(zero_returns_and_outliers_are_fitted),
      cmocka_unit_test(mean_stays_on_the_corner_that_many_zeros_make),
      cmocka_unit_test(fit_finds_the_highest_of_the_tops_along_the_mean),
      cmocka_unit_test(fit_stops_before_parameters_without_a_filter),
      cmocka_unit_test(fit_refuses_what_it_cannot_fit),
      cmocka_unit_test(a_search_cut_short_says_so),
      cmocka_unit_test(fits_on_many_threads_are_the_same_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
