# SPDX-License-Identifier: Apache-2.0
set(sources
    funding.c
    funding_read.c
    instrument.c
    instrument_read.c
    power.c
    slippage.c
    spread_bars.c
    spread_quotes.c
    spread_stream.c
    spread_terms.c
    volume_forecast.c)
