# SPDX-License-Identifier: Apache-2.0
set(sources
    bar_check.c
    batch.c
    execution.c
    fill.c
    market_view.c
    outcomes.c
    records.c
    sizing.c
    terms.c
    trader.c
    viability.c)
