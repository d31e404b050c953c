# SPDX-License-Identifier: Apache-2.0
set(sources
    funding.c
    funding_read.c
    impact_fit.c
    impact_scale.c
    impact_stream.c
    impact_sums.c
    impact_use.c
    instrument.c
    instrument_read.c
    power.c
    slippage.c
    spread_bars.c
    spread_quotes.c
    spread_stream.c
    spread_terms.c
    volume_forecast.c)
