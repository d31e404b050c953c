/* SPDX-License-Identifier: Apache-2.0 */
/* What trades brought against what they cost. */
#include <math.h>
#include <stdlib.h>

#include <crucible/viability.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/rng.h"

/* ---- the bound ---- */

enum { RESAMPLES = 2000 };

typedef struct money {
  double gain, cost;
} money;

/* The trades, and the sums over the block that begins at each of them. */
typedef struct sample {
  const double *gross, *cost;
  size_t n, length; /* trades; of a block */
  money *blocks;    /* [n] */
} sample;

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The least whole number whose cube is >= n. */
static size_t block_length(size_t n) {
  size_t length = 1;
  while (length * length * length < n)
    ++length;
  return length;
}

/* Trades [at, at + length), the first following the last. */
static money sum_from(const sample *s, size_t at, size_t length) {
  money sum = {0, 0};
  for (size_t k = 0; k < length; ++k) {
    sum.gain += s->gross[at];
    sum.cost += s->cost[at];
    at = at + 1 < s->n ? at + 1 : 0;
  }
  return sum;
}

/* Ratio of the sums over one circular block resample of n trades: whole blocks,
   whose sums are known, and the part of one that is left. */
static double resample(const sample *s, crucible__rng *rng) {
  size_t whole = s->n / s->length, rest = s->n % s->length;
  money sum = {0, 0};
  for (size_t k = 0; k < whole; ++k) {
    const money *block = &s->blocks[crucible__rng_below(rng, s->n)];
    sum.gain += block->gain;
    sum.cost += block->cost;
  }
  if (rest > 0) {
    money part = sum_from(s, (size_t)crucible__rng_below(rng, s->n), rest);
    sum.gain += part.gain;
    sum.cost += part.cost;
  }
  if (sum.cost > 0)
    return sum.gain / sum.cost;
  /* free of cost */
  return sum.gain > 0 ? (double)INFINITY : -(double)INFINITY;
}

/* Linear between order statistics, as numpy.quantile. */
static double quantile(const double *sorted, size_t n, double p) {
  double place = p * (double)(n - 1);
  size_t below = (size_t)place;
  double part = place - (double)below, low = sorted[below];
  if (part == 0 || !isfinite(low) || low == sorted[below + 1])
    return low;
  return low + part * (sorted[below + 1] - low);
}

/* The quantile of the ratio's resamples. */
static crucible_status bound(const double *gross, const double *cost, size_t n,
                             double confidence, uint64_t seed, double *low) {
  sample s = {.gross = gross, .cost = cost, .n = n, .length = block_length(n)};
  double *ratios = crucible__alloc(RESAMPLES, sizeof *ratios);
  s.blocks = crucible__alloc(n, sizeof *s.blocks);
  crucible_status status = CRUCIBLE_E_NOMEM;
  if (ratios != NULL && s.blocks != NULL) {
    for (size_t i = 0; i < n; ++i)
      s.blocks[i] = sum_from(&s, i, s.length);
    for (size_t i = 0; i < RESAMPLES; ++i) {
      crucible__rng rng;
      crucible__rng_init(&rng, seed, CRUCIBLE__RNG_BOOTSTRAP, i);
      ratios[i] = resample(&s, &rng);
    }
    qsort(ratios, RESAMPLES, sizeof *ratios, compare);
    *low = quantile(ratios, RESAMPLES, 1 - confidence);
    status = CRUCIBLE_OK;
  }
  crucible__free(ratios);
  crucible__free(s.blocks);
  return status;
}

/* ---- the means ---- */

static crucible_status check(const double *gross, const double *cost, size_t n,
                             double confidence) {
  if (n > 0 && (gross == NULL || cost == NULL))
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                          gross == NULL ? "gross" : "cost");
  if (!(confidence > 0.5 && confidence < 1))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "confidence is %g: give > 0.5 and < 1, such as 0.95",
                          confidence);
  for (size_t i = 0; i < n; ++i)
    if (!isfinite(gross[i]) || !isfinite(cost[i]))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "trade %zu: gross %g and cost %g must be finite", i,
                            gross[i], cost[i]);
  if (n < 10)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "%zu trades: a bound needs at least 10", n);
  return CRUCIBLE_OK;
}

/* Share of winners from which, with gains and losses as large as they are, the
   mean is twice the cost: p gain - (1 - p) loss = 2 cost. */
static void measure_hits(const double *gross, size_t n, double mean_cost,
                         crucible_viability *made) {
  double gains = 0, losses = 0;
  size_t n_gains = 0;
  for (size_t i = 0; i < n; ++i) {
    n_gains += gross[i] > 0;
    if (gross[i] > 0)
      gains += gross[i];
    else
      losses -= gross[i];
  }
  made->hit_rate = (double)n_gains / (double)n;
  made->hit_rate_needed = (double)NAN;
  if (n_gains == 0)
    return;
  double gain = gains / (double)n_gains;
  double loss = n_gains < n ? losses / (double)(n - n_gains) : 0;
  made->hit_rate_needed = (2 * mean_cost + loss) / (gain + loss);
}

/* All but the parts of the cost and the trades per day. */
static crucible_status measure(const double *gross, const double *cost,
                               size_t n, double confidence, uint64_t seed,
                               crucible_viability *made) {
  CRUCIBLE__TRY(check(gross, cost, n, confidence));
  double gains = 0, costs = 0;
  for (size_t i = 0; i < n; ++i) {
    gains += gross[i];
    costs += cost[i];
  }
  if (!isfinite(gains) || !isfinite(costs))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "the sum of the trades overflows");
  if (costs <= 0)
    return crucible__fail(
        CRUCIBLE_E_DOMAIN,
        "the costs of %zu trades come to %g: there is no ratio", n, costs);
  *made = (crucible_viability){
      .struct_size = sizeof *made,
      .n = n,
      .mean_gross = gains / (double)n,
      .mean_cost = costs / (double)n,
      .ratio = gains / costs,
  };
  CRUCIBLE__TRY(bound(gross, cost, n, confidence, seed, &made->ratio_low));
  made->is_viable = made->ratio_low >= 2;
  made->verdict = made->is_viable    ? CRUCIBLE_TIMEFRAME_VIABLE
                  : made->ratio >= 2 ? CRUCIBLE_TIMEFRAME_UNPROVEN
                                     : CRUCIBLE_TIMEFRAME_TOO_FAST;
  measure_hits(gross, n, made->mean_cost, made);
  made->mean_fee = made->mean_spread = made->mean_slippage = made->mean_impact =
      made->mean_funding = made->mean_dust = made->trades_per_day = (double)NAN;
  return CRUCIBLE_OK;
}

crucible_status crucible_viability_realised(const double *gross,
                                            const double *cost, size_t n,
                                            double confidence, uint64_t seed,
                                            crucible_viability *viability) {
  crucible_viability made;
  if (viability == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "viability is NULL");
  CRUCIBLE__TRY(measure(gross, cost, n, confidence, seed, &made));
  return crucible__result_write(viability, &made, sizeof made, "viability");
}

/* ---- trades with the parts of their cost ---- */

enum { PARTS = 6 };

/* The parts in the order of the means of crucible_viability. */
typedef struct parts {
  const double *column[PARTS];
  const char *name[PARTS];
} parts;

static parts parts_of(const crucible_trades *trades) {
  return (parts){{trades->fee, trades->spread, trades->slippage, trades->impact,
                  trades->funding, trades->dust},
                 {"fee", "spread", "slippage", "impact", "funding", "dust"}};
}

static crucible_status read_trades(const crucible_trades *trades,
                                   crucible_trades *read) {
  if (trades == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "trades is NULL");
  *read = (crucible_trades){.struct_size = sizeof *read};
  CRUCIBLE__TRY(crucible__options_read(read, sizeof *read, trades, "trades"));
  parts of = parts_of(read);
  if (read->n == 0)
    return CRUCIBLE_OK;
  if (read->gross == NULL || read->result == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "trades.%s is NULL",
                          read->gross == NULL ? "gross" : "result");
  for (int k = 0; k < PARTS; ++k)
    if (of.column[k] == NULL)
      return crucible__fail(CRUCIBLE_E_INVALID, "trades.%s is NULL",
                            of.name[k]);
  return CRUCIBLE_OK;
}

/* Costs of each trade and the sums of their parts, which have to agree. */
static crucible_status take_costs(const crucible_trades *trades, double *cost,
                                  double sums[PARTS]) {
  parts of = parts_of(trades);
  for (size_t i = 0; i < trades->n; ++i) {
    double sum = 0, largest = fabs(trades->gross[i]);
    for (int k = 0; k < PARTS; ++k) {
      double part = of.column[k][i];
      sum += part;
      sums[k] += part;
      largest = fmax(largest, fabs(part));
    }
    cost[i] = trades->gross[i] - trades->result[i];
    /* NaN fails, too */
    if (!(fabs(cost[i] - sum) <= 1e-6 * largest))
      return crucible__fail(CRUCIBLE_E_INVALID,
                            "trade %zu: gross %g less result %g is a cost of "
                            "%g, but its parts come to %g",
                            i, trades->gross[i], trades->result[i], cost[i],
                            sum);
  }
  return CRUCIBLE_OK;
}

crucible_status crucible_viability_trades(const crucible_trades *trades,
                                          double days, double confidence,
                                          uint64_t seed,
                                          crucible_viability *viability) {
  crucible_trades read;
  crucible_viability made;
  double sums[PARTS] = {0};
  if (viability == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "viability is NULL");
  if (!(days >= 0 && isfinite(days)))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "days is %g: give the span of the data, or 0", days);
  CRUCIBLE__TRY(read_trades(trades, &read));
  double *cost = crucible__alloc(read.n, sizeof *cost);
  if (cost == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = take_costs(&read, cost, sums);
  if (status == CRUCIBLE_OK)
    status = measure(read.gross, cost, read.n, confidence, seed, &made);
  crucible__free(cost);
  CRUCIBLE__TRY(status);
  double n = (double)read.n;
  made.mean_fee = sums[0] / n;
  made.mean_spread = sums[1] / n;
  made.mean_slippage = sums[2] / n;
  made.mean_impact = sums[3] / n;
  made.mean_funding = sums[4] / n;
  made.mean_dust = sums[5] / n;
  made.trades_per_day = days > 0 ? n / days : (double)NAN;
  return crucible__result_write(viability, &made, sizeof made, "viability");
}
