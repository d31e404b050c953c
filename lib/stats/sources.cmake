# SPDX-License-Identifier: Apache-2.0
set(sources
    equity_stream.c
    figures.c
    metrics.c
    moments.c
    order.c
    rolling_moments.c
    running_moments.c
    shares.c
    sequential.c
    sequential_lags.c
    sequential_sharpe.c
    sharpe.c
    trade_metrics.c
    trade_sums.c)
set(libraries m)
