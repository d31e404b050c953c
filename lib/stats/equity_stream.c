/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of a curve that grows bar by bar. */
#include <math.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "stats/figures.h"

struct crucible_equity_stream {
  crucible__return_sums sums;
  crucible__market_sums market;
};

static crucible_status check_pointer(const void *pointer, const char *name) {
  if (pointer == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one", name);
  return CRUCIBLE_OK;
}

crucible_status crucible_equity_stream_create(double equity,
                                              crucible_equity_stream **stream) {
  CRUCIBLE__TRY(check_pointer(stream, "stream"));
  *stream = NULL;
  if (!(equity > 0) || !isfinite(equity))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "equity is %g: start with a capital > 0", equity);
  crucible_equity_stream *made = crucible__alloc(1, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible__return_sums_init(&made->sums, equity);
  crucible__market_sums_init(&made->market);
  *stream = made;
  return CRUCIBLE_OK;
}

void crucible_equity_stream_destroy(crucible_equity_stream *stream) {
  crucible__free(stream);
}

crucible_status crucible_equity_stream_push(crucible_equity_stream *stream,
                                            double equity,
                                            double benchmark_return) {
  CRUCIBLE__TRY(check_pointer(stream, "stream"));
  if (!isfinite(equity))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "equity is %g: give a finite number", equity);
  if (isnan(benchmark_return)) {
    /* This bar is missing from the market's: no figure against it. */
    crucible__return_sums_push(&stream->sums, equity, 0);
    return CRUCIBLE_OK;
  }
  if (!(benchmark_return > -1) || !isfinite(benchmark_return))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "benchmark_return is %g: give a return > -1, or NaN "
                          "if there is none",
                          benchmark_return);
  crucible__return_sums_push(&stream->sums, equity, benchmark_return);
  crucible__market_sums_push(&stream->market, benchmark_return);
  return CRUCIBLE_OK;
}

crucible_status
crucible_equity_stream_metrics(const crucible_equity_stream *stream,
                               const crucible_metrics_options *options,
                               crucible_metrics *metrics) {
  crucible_metrics_options chosen;
  crucible_metrics found;
  CRUCIBLE__TRY(check_pointer(stream, "stream"));
  CRUCIBLE__TRY(check_pointer(metrics, "metrics"));
  CRUCIBLE__TRY(crucible__metrics_options_read(options, &chosen));
  crucible__metrics_from_sums(&stream->sums, &stream->market, &chosen, &found);
  return crucible__result_write(metrics, &found, sizeof found,
                                "crucible_metrics");
}
