/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base_status.h"
#include "base/sha256.h"
#include "series/bar_rules.h"
#include "series/bars.h"

/* Eight bytes each, lowest first, whatever the machine's order is. */
static void hash_words(crucible__sha256 *hash, const void *words, size_t n) {
  uint8_t bytes[512];
  enum { AT_ONCE = sizeof bytes / sizeof(uint64_t) };
  const unsigned char *next = words;
  while (n > 0) {
    size_t count = n < AT_ONCE ? n : AT_ONCE;
    for (size_t i = 0; i < count; ++i) {
      uint64_t word;
      memcpy(&word, next + i * sizeof word, sizeof word);
      for (size_t k = 0; k < sizeof word; ++k)
        bytes[i * sizeof word + k] = (uint8_t)(word >> (8 * k));
    }
    crucible__sha256_add(hash, bytes, count * sizeof(uint64_t));
    next += count * sizeof(uint64_t);
    n -= count;
  }
}

crucible_status crucible_bars_hash(const crucible_bars *bars,
                                   uint8_t digest[32]) {
  crucible_bars view;
  CRUCIBLE__TRY(crucible__bars_check_view(bars, &view));
  if (digest == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "digest is NULL");
  const void *const columns[CRUCIBLE__N_COLUMNS] = {
      view.open_time_ms, view.open,   view.high,
      view.low,          view.close,  view.volume,
      view.quote_volume, view.trades, view.taker_buy_base};
  size_t symbol_length = view.symbol != NULL ? strlen(view.symbol) : 0;
  uint64_t present = 0;
  for (size_t c = 0; c < CRUCIBLE__N_COLUMNS; ++c)
    present |= columns[c] != NULL ? (uint64_t)1 << c : 0;
  /* lengths first, so that no two inputs give the same bytes */
  const uint64_t head[] = {symbol_length, (uint64_t)view.timeframe_ms, view.n,
                           present};
  crucible__sha256 hash;
  crucible__sha256_init(&hash);
  crucible__sha256_add(&hash, "crucible bars 1", 16);
  hash_words(&hash, head, sizeof head / sizeof head[0]);
  crucible__sha256_add(&hash, symbol_length > 0 ? view.symbol : "",
                       symbol_length);
  for (size_t c = 0; c < CRUCIBLE__N_COLUMNS; ++c)
    if (columns[c] != NULL)
      hash_words(&hash, columns[c], view.n);
  crucible__sha256_end(&hash, digest);
  return CRUCIBLE_OK;
}
