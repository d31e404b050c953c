/* SPDX-License-Identifier: Apache-2.0 */
/* Instrument profiles: what is refused, the file they come from, and rounding
   to their ticks and lots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <crucible/costs.h>

#include "support/error_names.h"
#include "support/failing_alloc.h"
#include "support/near.h"

#define EXAMPLES CRUCIBLE_SOURCE_DIR "/examples/data/instruments.json"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static crucible_instrument sound(void) {
  return (crucible_instrument){.struct_size = sizeof(crucible_instrument),
                               .venue = "venue",
                               .symbol = "AB",
                               .base_currency = "A",
                               .quote_currency = "B",
                               .market_type = CRUCIBLE_MARKET_FUTURE,
                               .fee_asset = CRUCIBLE_FEE_IN_QUOTE,
                               .maker_fee = 0.0002,
                               .taker_fee = 0.0005,
                               .price_tick = 0.01,
                               .lot_step = 0.001,
                               .max_leverage = 5,
                               .is_shortable = 1};
}

/* ---- instruments ---- */

static void sound_profile_is_accepted(void **state) {
  (void)state;
  crucible_instrument i = sound();
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_OK);
  i.market_type = CRUCIBLE_MARKET_SPOT;
  i.fee_asset = CRUCIBLE_FEE_IN_BASE;
  i.max_leverage = 1;
  i.is_shortable = 0;
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_OK);
}

static void wrong_profile_is_refused_by_field(void **state) {
  (void)state;
  const double nan = (double)NAN, inf = (double)INFINITY;
  const struct {
    const char *field;
    size_t offset;
    double value;
  } cases[] = {
#define CASE(field, value) {#field, offsetof(crucible_instrument, field), value}
      CASE(maker_fee, nan),          CASE(maker_fee, -0.01),
      CASE(maker_fee, 0.1),          CASE(taker_fee, nan),
      CASE(taker_fee, -1e-9),        CASE(taker_fee, 0.1),
      CASE(price_tick, 0),           CASE(price_tick, -1),
      CASE(price_tick, nan),         CASE(price_tick, inf),
      CASE(price_tick, 1.0 / 3),     CASE(lot_step, 0),
      CASE(lot_step, nan),           CASE(lot_step, 1.0 / 3),
      CASE(min_quantity, -1),        CASE(min_quantity, nan),
      CASE(min_notional, -1),        CASE(min_notional, inf),
      CASE(max_leverage, 0.5),       CASE(max_leverage, nan),
      CASE(max_leverage, 1e9),       CASE(maintenance_margin, -0.1),
      CASE(maintenance_margin, 0.6), CASE(maintenance_margin, nan),
#undef CASE
  };
  for (size_t c = 0; c < COUNT(cases); ++c) {
    crucible_instrument i = sound();
    memcpy((char *)&i + cases[c].offset, &cases[c].value, sizeof(double));
    assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
    assert_error_names(cases[c].field);
  }
}

static void contradicting_profile_is_refused(void **state) {
  (void)state;
  crucible_instrument i = sound();
  i.fee_asset = CRUCIBLE_FEE_IN_BASE;
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_error_names("fee_asset");
  i = sound();
  i.market_type = CRUCIBLE_MARKET_SPOT;
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_error_names("is_shortable");
  i.is_shortable = 0;
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_error_names("max_leverage");
  i.max_leverage = 1;
  i.funding_interval_ms = 1;
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_error_names("funding_interval_ms");
  const struct {
    int32_t market, fee, shortable, reserved;
    const char *field;
  } cases[] = {{0, 1, 1, 0, "market_type"},
               {4, 1, 1, 0, "market_type"},
               {3, 0, 1, 0, "fee_asset"},
               {3, 1, 2, 0, "is_shortable"},
               {3, 1, 1, 7, "reserved"}};
  for (size_t c = 0; c < COUNT(cases); ++c) {
    i = sound();
    i.market_type = cases[c].market;
    i.fee_asset = cases[c].fee;
    i.is_shortable = cases[c].shortable;
    i.reserved = cases[c].reserved;
    assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
    assert_error_names(cases[c].field);
  }
  i = sound();
  i.symbol[0] = 0;
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_error_names("symbol");
  i = sound();
  memset(i.venue, 'x', sizeof i.venue);
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_error_names("venue");
  i = sound();
  i.struct_size = 0;
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_instrument_check(NULL), CRUCIBLE_E_INVALID);
}

/* An older caller's struct ends before the later fields: they are 0. */
static void short_struct_has_zeros_for_the_rest(void **state) {
  (void)state;
  crucible_instrument i = sound();
  i.struct_size = offsetof(crucible_instrument, lot_step);
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_E_INVALID);
  assert_error_names("max_leverage");
  char bytes[sizeof i + 8] = {0};
  i = sound();
  i.struct_size = sizeof bytes;
  memcpy(bytes, &i, sizeof i);
  assert_int_equal(crucible_instrument_check((const void *)bytes), CRUCIBLE_OK);
  bytes[sizeof i] = 1;
  assert_int_equal(crucible_instrument_check((const void *)bytes),
                   CRUCIBLE_E_VERSION);
}

/* ---- the file ---- */

static void profiles_of_the_examples_are_read(void **state) {
  (void)state;
  crucible_instrument i = {.struct_size = sizeof i};
  assert_int_equal(crucible_instrument_read(EXAMPLES, "BTCUSDT", &i),
                   CRUCIBLE_OK);
  assert_string_equal(i.venue, "binance");
  assert_string_equal(i.symbol, "BTCUSDT");
  assert_string_equal(i.base_currency, "BTC");
  assert_string_equal(i.quote_currency, "USDT");
  assert_int_equal(i.market_type, CRUCIBLE_MARKET_SPOT);
  assert_int_equal(i.fee_asset, CRUCIBLE_FEE_IN_BASE);
  assert_same_bits(i.taker_fee, 0.001);
  assert_same_bits(i.maker_fee, 0.001);
  assert_same_bits(i.price_tick, 0.01);
  assert_same_bits(i.lot_step, 0.00001);
  assert_same_bits(i.min_notional, 10);
  assert_int_equal(i.is_shortable, 0);
  assert_int_equal(i.struct_size, sizeof i);
  assert_int_equal(crucible_instrument_check(&i), CRUCIBLE_OK);
  assert_int_equal(crucible_instrument_read(EXAMPLES, "IFL8", &i), CRUCIBLE_OK);
  assert_int_equal(i.market_type, CRUCIBLE_MARKET_FUTURE);
  assert_int_equal(i.is_shortable, 1);
  assert_same_bits(i.maintenance_margin, 0.12);
}

static void unknown_symbol_is_refused_with_those_there_are(void **state) {
  (void)state;
  crucible_instrument i = {.struct_size = sizeof i}, before = i;
  assert_int_equal(crucible_instrument_read(EXAMPLES, "DOGE", &i),
                   CRUCIBLE_E_INVALID);
  assert_error_names("DOGE");
  assert_error_names("BTCUSDT, ETHUSDT, SOLUSDT, IFL8");
  assert_memory_equal(&i, &before, sizeof i);
}

#define ENTRY                                                                  \
  "\"venue\": \"v\", \"symbol\": \"AB\", \"base_currency\": \"A\", "           \
  "\"quote_currency\": \"B\", \"market_type\": \"spot\", "                     \
  "\"fee_asset\": \"quote\", \"maker_fee\": 0.001, \"taker_fee\": 0.001, "     \
  "\"min_quantity\": 0, \"min_notional\": 0"
#define STEPS ", \"price_tick\": 0.01, \"lot_step\": 0.1"

static crucible_status read_text(const char *text, crucible_instrument *i) {
  FILE *file = fopen("instruments.json", "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
  assert_int_equal(fclose(file), 0);
  *i = (crucible_instrument){.struct_size = sizeof *i};
  return crucible_instrument_read("instruments.json", "AB", i);
}

static void faulty_file_is_refused_with_path_and_rule(void **state) {
  (void)state;
  const struct {
    const char *text, *word;
  } cases[] = {
      {"{", "instruments.json"},
      {"[]", "object"},
      {"{}", "$.instruments"},
      {"{\"instruments\": 1}", "$.instruments"},
      {"{\"instruments\": [], \"sources\": \"x\"}", "sources"},
      {"{\"instruments\": [1], \"source\": \"x\"}", "$.instruments[0]"},
      {"{\"source\": \"x\", \"instruments\": [{" ENTRY "}]}", "price_tick"},
      {"{\"source\": \"x\", \"instruments\": [{" ENTRY
       ", \"price_tick\": 0.01}]}",
       "lot_step"},
      {"{\"source\": \"x\", \"instruments\": [{" ENTRY
       ", \"price_tick\": 0.01, \"lot_step\": 0}]}",
       "lot_step"},
      {"{\"source\": \"x\", \"instruments\": [{" ENTRY
       ", \"price_tick\": \"0.01\", \"lot_step\": 1}]}",
       "price_tick"},
      {"{\"source\": \"x\", \"instruments\": [{" ENTRY STEPS
       ", \"is_shortable\": true}]}",
       "is_shortable"},
      {"{\"source\": \"x\", \"instruments\": [{" ENTRY STEPS ", \"lot\": 1}]}",
       "lot"},
      {"{\"instruments\": [{" ENTRY STEPS "}]}", "source"},
      {"{\"source\": \"x\", \"instruments\": [{" ENTRY STEPS "}, {" ENTRY STEPS
       "}]}",
       "twice"},
  };
  crucible_instrument i;
  for (size_t c = 0; c < COUNT(cases); ++c) {
    if (read_text(cases[c].text, &i) != CRUCIBLE_E_DATA)
      fail_msg("accepted: %s", cases[c].text);
    assert_error_names("instruments.json");
    assert_error_names(cases[c].word);
  }
  assert_int_equal(
      read_text("{\"source\": \"x\", \"instruments\": [{" ENTRY STEPS "}]}",
                &i),
      CRUCIBLE_OK);
  assert_same_bits(i.max_leverage, 1);
  assert_int_equal(read_text("{\"instruments\": [{" ENTRY STEPS
                             ", \"source\": \"x\"}]}",
                             &i),
                   CRUCIBLE_OK);
  assert_int_equal(crucible_instrument_read("absent.json", "AB", &i),
                   CRUCIBLE_E_IO);
  assert_int_equal(crucible_instrument_read(NULL, "AB", &i),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_instrument_read(EXAMPLES, NULL, &i),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_instrument_read(EXAMPLES, "BTCUSDT", NULL),
                   CRUCIBLE_E_INVALID);
  i.struct_size = 3;
  assert_int_equal(crucible_instrument_read(EXAMPLES, "BTCUSDT", &i),
                   CRUCIBLE_E_INVALID);
}

static crucible_status read_examples(void *data) {
  crucible_instrument i = {.struct_size = sizeof i};
  return crucible_instrument_read(EXAMPLES, data, &i);
}

static void reading_survives_want_of_memory(void **state) {
  (void)state;
  char symbol[] = "ETHUSDT";
  failing_alloc_run(read_examples, symbol);
}

/* ---- rounding ---- */

static void prices_and_quantities_round_to_decimal_multiples(void **state) {
  (void)state;
  const struct {
    double tick, x;
    int32_t direction;
    double rounded;
  } cases[] = {
      {0.01, 27000.014, CRUCIBLE_ROUND_DOWN, 27000.01},
      {0.01, 27000.014, CRUCIBLE_ROUND_UP, 27000.02},
      {0.01, 27000.015, CRUCIBLE_ROUND_NEAREST, 27000.02},
      {0.01, 0.1 + 0.2, CRUCIBLE_ROUND_UP, 0.3}, /* noise is no tick */
      {0.01, 0.29, CRUCIBLE_ROUND_DOWN, 0.29},
      {0.5, -1.2, CRUCIBLE_ROUND_DOWN, -1.5},
      {0.5, -1.2, CRUCIBLE_ROUND_UP, -1},
      {25, 112.5, CRUCIBLE_ROUND_NEAREST, 125},
      {1e-8, 3.1e-8, CRUCIBLE_ROUND_UP, 4e-8},
  };
  for (size_t c = 0; c < COUNT(cases); ++c) {
    crucible_instrument i = sound();
    double rounded;
    i.price_tick = i.lot_step = cases[c].tick;
    assert_int_equal(
        crucible_round_price(&i, cases[c].x, cases[c].direction, &rounded),
        CRUCIBLE_OK);
    assert_same_bits(rounded, cases[c].rounded);
    assert_int_equal(
        crucible_round_quantity(&i, cases[c].x, cases[c].direction, &rounded),
        CRUCIBLE_OK);
    assert_same_bits(rounded, cases[c].rounded);
  }
  crucible_instrument i = sound();
  double rounded;
  assert_int_equal(crucible_round_price(&i, (double)NAN, 0, &rounded),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_round_price(&i, 1, 2, &rounded),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_round_quantity(&i, 1, 0, NULL), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_round_quantity(NULL, 1, 0, &rounded),
                   CRUCIBLE_E_INVALID);
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sound_profile_is_accepted),
      cmocka_unit_test(wrong_profile_is_refused_by_field),
      cmocka_unit_test(contradicting_profile_is_refused),
      cmocka_unit_test(short_struct_has_zeros_for_the_rest),
      cmocka_unit_test(profiles_of_the_examples_are_read),
      cmocka_unit_test(unknown_symbol_is_refused_with_those_there_are),
      cmocka_unit_test(faulty_file_is_refused_with_path_and_rule),
      cmocka_unit_test(reading_survives_want_of_memory),
      cmocka_unit_test(prices_and_quantities_round_to_decimal_multiples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
