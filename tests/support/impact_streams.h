/* SPDX-License-Identifier: Apache-2.0 */
/* What both tests of impact.h need. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_IMPACT_STREAMS_H
#define TESTS_SUPPORT_IMPACT_STREAMS_H

#include <crucible/impact.h>

static inline void must(crucible_status status) {
  if (status != CRUCIBLE_OK)
    fail_msg("%s", crucible_last_error());
}

static inline crucible_impact_options plain(void) {
  crucible_impact_options options;
  crucible_impact_options_init(&options, sizeof options);
  return options;
}

static inline crucible_impact_stream *
made(const crucible_impact_options *options) {
  crucible_impact_stream *stream;
  must(crucible_impact_stream_create(options, &stream));
  return stream;
}

static inline crucible_impact_fit fit_of(const crucible_impact_stream *stream) {
  crucible_impact_fit fit = {.struct_size = sizeof fit};
  must(crucible_impact_stream_fit(stream, &fit));
  return fit;
}

/* Uniform numbers of which no two draws share the low bits of one generator. */
static inline double draw(uint64_t *state) {
  *state += 0x9e3779b97f4a7c15u;
  uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

#endif
