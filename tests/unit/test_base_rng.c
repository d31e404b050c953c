/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/sha256.h"
#include "support/near.h"

/* --- random streams ------------------------------------------------------ */

static void philox_gives_the_known_answers_of_random123(void **state) {
  (void)state;
  /* Random123 1.14.0, tests/kat_vectors: counter, key, output */
  static const uint32_t known[][10] = {
      {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX,
       0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0,
       0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    uint32_t out[4];
    crucible__philox4x32(known[i], known[i] + 4, out);
    assert_memory_equal(out, known[i] + 6, sizeof out);
  }
}

/* One row of rng.csv: the next value of the stream that row names. */
static void check_row(crucible__rng *rng, const char *kind, uint64_t argument,
                      uint64_t expected) {
  if (strcmp(kind, "u32") == 0) {
    assert_int_equal(crucible__rng_u32(rng), expected);
  } else if (strcmp(kind, "u64") == 0) {
    assert_int_equal(crucible__rng_u64(rng), expected);
  } else if (strcmp(kind, "below") == 0) {
    assert_int_equal(crucible__rng_below(rng, argument), expected);
  } else {
    double value;
    memcpy(&value, &expected, sizeof value);
    if (strcmp(kind, "uniform") == 0)
      assert_same_bits(crucible__rng_uniform(rng), value);
    else
      assert_near(crucible__rng_normal(rng), value, 1e-15, 1e-17);
  }
}

static void streams_are_those_of_an_independent_generator(void **state) {
  (void)state;
  FILE *file = fopen(CRUCIBLE_SOURCE_DIR "/tests/data/base/rng.csv", "r");
  assert_non_null(file);
  char line[256], before[256] = "";
  crucible__rng rng;
  int n = 0;
  while (fgets(line, (int)sizeof line, file) != NULL) {
    if (line[0] == '#')
      continue;
    unsigned long long seed, purpose, id, argument, expected;
    char kind[16], name[256];
    assert_int_equal(sscanf(line, "%llx,%llx,%llx,%15[^,],%llx,%llx", &seed,
                            &purpose, &id, kind, &argument, &expected),
                     6);
    (void)snprintf(name, sizeof name, "%llx %llx %llx %s %llx", seed, purpose,
                   id, kind, argument);
    if (strcmp(name, before) != 0)
      crucible__rng_init(&rng, seed, (uint32_t)purpose, id);
    memcpy(before, name, sizeof name);
    check_row(&rng, kind, argument, expected);
    ++n;
  }
  assert_int_equal(fclose(file), 0);
  assert_true(n > 1000);
}

static void a_stream_runs_on_past_two_to_the_32_blocks(void **state) {
  (void)state;
  crucible__rng rng;
  crucible__rng_init(&rng, 1, CRUCIBLE__RNG_TEST, 0);
  rng.counter[0] = UINT32_MAX;
  for (int i = 0; i < 4; ++i)
    (void)crucible__rng_u32(&rng);
  uint32_t first = crucible__rng_u32(&rng), out[4];
  const uint32_t counter[4] = {0, 1, 0, (uint32_t)CRUCIBLE__RNG_TEST << 16};
  const uint32_t key[2] = {1, 0};
  crucible__philox4x32(counter, key, out);
  assert_int_equal(first, out[0]);
}

static void streams_of_other_names_differ(void **state) {
  (void)state;
  static const struct {
    uint64_t seed;
    uint32_t purpose;
    uint64_t id;
  } names[] = {{1, 1, 1},
               {2, 1, 1},
               {1, 2, 1},
               {1, 1, 2},
               {1, 1, (uint64_t)1 << 40},
               {(uint64_t)1 << 32, 1, 1}};
  enum { N = sizeof names / sizeof *names };
  uint64_t first[N];
  for (int i = 0; i < N; ++i) {
    crucible__rng rng;
    crucible__rng_init(&rng, names[i].seed, names[i].purpose, names[i].id);
    first[i] = crucible__rng_u64(&rng);
    for (int k = 0; k < i; ++k)
      assert_true(first[i] != first[k]);
  }
}

static void uniforms_fill_their_interval_evenly(void **state) {
  (void)state;
  enum { CELLS = 64, N = 640000 };
  int count[CELLS] = {0};
  crucible__rng rng;
  crucible__rng_init(&rng, 3, CRUCIBLE__RNG_TEST, 1);
  for (int i = 0; i < N; ++i) {
    double u = crucible__rng_uniform(&rng);
    assert_true(u >= 0 && u < 1);
    ++count[(int)(u * CELLS)];
  }
  double chi2 = 0, expected = (double)N / CELLS;
  for (int i = 0; i < CELLS; ++i)
    chi2 += (count[i] - expected) * (count[i] - expected) / expected;
  assert_true(chi2 > 29.4 && chi2 < 113.7); /* 63 degrees, 0.01 % each side */
}

static void bounded_integers_are_even_where_a_modulus_is_not(void **state) {
  (void)state;
  /* of 3 * 2^62 numbers the lowest third would come twice as often */
  const uint64_t n = (uint64_t)3 << 62, third = (uint64_t)1 << 62;
  int count[3] = {0};
  crucible__rng rng;
  crucible__rng_init(&rng, 5, CRUCIBLE__RNG_TEST, 2);
  for (int i = 0; i < 30000; ++i) {
    uint64_t x = crucible__rng_below(&rng, n);
    assert_true(x < n);
    ++count[x / third];
  }
  for (int i = 0; i < 3; ++i)
    assert_true(count[i] > 9600 && count[i] < 10400); /* 5 sigma is 408 */
}

static void normals_have_the_moments_of_the_normal_law(void **state) {
  (void)state;
  enum { N = 1000000 };
  double sum[5] = {0};
  crucible__rng rng;
  crucible__rng_init(&rng, 7, CRUCIBLE__RNG_TEST, 3);
  for (int i = 0; i < N; ++i) {
    double z = crucible__rng_normal(&rng), power = 1;
    for (int k = 1; k <= 4; ++k)
      sum[k] += power *= z;
  }
  /* four standard errors of each mean */
  assert_near(sum[1] / N, 0, 0, 4 * 1.0 / 1000);
  assert_near(sum[2] / N, 1, 0, 4 * sqrt(2) / 1000);
  assert_near(sum[3] / N, 0, 0, 4 * sqrt(15) / 1000);
  assert_near(sum[4] / N, 3, 0, 4 * sqrt(96) / 1000);
}

/* --- SHA-256 -------------------------------------------------------------- */

static void check_digest(crucible__sha256 *hash, const char *expected) {
  uint8_t digest[32];
  char hex[65];
  crucible__sha256_end(hash, digest);
  crucible__hex(digest, sizeof digest, hex);
  assert_string_equal(hex, expected);
}

static void sha256_gives_the_examples_of_nist(void **state) {
  (void)state;
  /* FIPS 180-4 examples (csrc.nist.gov, SHA256.pdf and SHA2_Additional.pdf) */
  static const struct {
    const char *text, *digest;
  } cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb924"
           "27ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223"
              "b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
       "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    crucible__sha256 hash;
    crucible__sha256_init(&hash);
    crucible__sha256_add(&hash, cases[i].text, strlen(cases[i].text));
    check_digest(&hash, cases[i].digest);
  }
}

static void sha256_digests_a_million_times_the_letter_a(void **state) {
  (void)state;
  char part[977];
  memset(part, 'a', sizeof part);
  crucible__sha256 hash;
  crucible__sha256_init(&hash);
  for (size_t left = 1000000; left > 0;) {
    size_t n = left < sizeof part ? left : sizeof part;
    crucible__sha256_add(&hash, part, n);
    left -= n;
  }
  check_digest(&hash, "cdc76e5c9914fb9281a1c7e284d73e67"
                      "f1809a48a497200e046d39ccc7112cd0");
}

static void sha256_digests_every_length_around_the_block(void **state) {
  (void)state;
  /* python3 -c "import hashlib as h; print(h.sha256(b''.join(h.sha256(bytes(
     i * 7 % 256 for i in range(n))).digest() for n in range(260))).hexdigest()
     )" */
  uint8_t bytes[260], digest[32];
  for (size_t i = 0; i < sizeof bytes; ++i)
    bytes[i] = (uint8_t)(i * 7 % 256);
  crucible__sha256 all, one;
  crucible__sha256_init(&all);
  for (size_t n = 0; n < 260; ++n) {
    crucible__sha256_init(&one);
    for (size_t at = 0; at < n;) { /* in pieces of growing size */
      size_t part = at % 67 + 1 < n - at ? at % 67 + 1 : n - at;
      crucible__sha256_add(&one, bytes + at, part);
      at += part;
    }
    crucible__sha256_add(&one, NULL, 0);
    crucible__sha256_end(&one, digest);
    crucible__sha256_add(&all, digest, sizeof digest);
  }
  check_digest(
      &all, "6ad25299ad8685c24624a03a63f9b8be1d6886cc06667fdc48010505a489b8ef");
}

static void bytes_print_in_lower_case_hexadecimal(void **state) {
  (void)state;
  static const uint8_t bytes[] = {0x00, 0x0f, 0xa5, 0xff};
  char hex[9] = "xxxxxxxx";
  crucible__hex(bytes, sizeof bytes, hex);
  assert_string_equal(hex, "000fa5ff");
  crucible__hex(bytes, 0, hex);
  assert_string_equal(hex, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(philox_gives_the_known_answers_of_random123),
      cmocka_unit_test(streams_are_those_of_an_independent_generator),
      cmocka_unit_test(a_stream_runs_on_past_two_to_the_32_blocks),
      cmocka_unit_test(streams_of_other_names_differ),
      cmocka_unit_test(uniforms_fill_their_interval_evenly),
      cmocka_unit_test(bounded_integers_are_even_where_a_modulus_is_not),
      cmocka_unit_test(normals_have_the_moments_of_the_normal_law),
      cmocka_unit_test(sha256_gives_the_examples_of_nist),
      cmocka_unit_test(sha256_digests_a_million_times_the_letter_a),
      cmocka_unit_test(sha256_digests_every_length_around_the_block),
      cmocka_unit_test(bytes_print_in_lower_case_hexadecimal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
