/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/crucible.h
 * @brief All of libcrucible.
 */
#ifndef CRUCIBLE_CRUCIBLE_H
#define CRUCIBLE_CRUCIBLE_H

#include <crucible/alloc.h>
#include <crucible/arena.h>
#include <crucible/arrow.h>
#include <crucible/backtest.h>
#include <crucible/calibrate.h>
#include <crucible/costs.h>
#include <crucible/drift.h>
#include <crucible/export.h>
#include <crucible/factory.h>
#include <crucible/features.h>
#include <crucible/forge.h>
#include <crucible/genome.h>
#include <crucible/guards.h>
#include <crucible/impact.h>
#include <crucible/log.h>
#include <crucible/metrics.h>
#include <crucible/model.h>
#include <crucible/portfolio.h>
#include <crucible/pruners.h>
#include <crucible/realized.h>
#include <crucible/records.h>
#include <crucible/regime.h>
#include <crucible/report.h>
#include <crucible/runtime.h>
#include <crucible/samplers.h>
#include <crucible/season.h>
#include <crucible/segment.h>
#include <crucible/selection.h>
#include <crucible/sequential.h>
#include <crucible/series.h>
#include <crucible/sharpe.h>
#include <crucible/simulate.h>
#include <crucible/space.h>
#include <crucible/spread.h>
#include <crucible/stats.h>
#include <crucible/status.h>
#include <crucible/store.h>
#include <crucible/study.h>
#include <crucible/sweep.h>
#include <crucible/tournament.h>
#include <crucible/types.h>
#include <crucible/validation.h>
#include <crucible/version.h>
#include <crucible/viability.h>
#include <crucible/volatility.h>
#include <crucible/watchtower.h>

#endif /* CRUCIBLE_CRUCIBLE_H */
