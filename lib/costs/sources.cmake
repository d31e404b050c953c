# SPDX-License-Identifier: Apache-2.0
set(sources instrument.c power.c slippage.c volume_forecast.c)
