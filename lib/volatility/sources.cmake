# SPDX-License-Identifier: Apache-2.0
set(sources
    egarch_data.c
    egarch_errors.c
    egarch_expect.c
    egarch_filter.c
    egarch_fit.c
    egarch_forecast.c
    egarch_kinks.c
    egarch_law.c
    egarch_newton.c
    egarch_pass.c
    egarch_rolling.c
    egarch_search.c
    egarch_settle.c
    egarch_spec.c
    egarch_start.c
    egarch_state.c
    residual_tests.c
    season.c
    season_egarch.c
    season_fourier.c
    season_robust.c
    season_rolling.c
    season_sample.c
    season_state.c)
set(libraries m)
