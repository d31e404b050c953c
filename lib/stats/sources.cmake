# SPDX-License-Identifier: Apache-2.0
set(sources metrics.c moments.c rolling_moments.c running_moments.c sharpe.c)
set(libraries m)
