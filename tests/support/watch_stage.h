/* SPDX-License-Identifier: Apache-2.0 */
/* A watchtower with agents to be seen. Include after <cmocka.h>. */
#ifndef TESTS_SUPPORT_WATCH_STAGE_H
#define TESTS_SUPPORT_WATCH_STAGE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <crucible/watchtower.h>

enum { ROOM = 8 };

typedef struct stage {
  crucible_watchtower_options options;
  crucible_watchtower *tower;
  crucible_verdict verdicts[ROOM];
  size_t n;
} stage;

static inline stage a_stage(void) {
  stage s;
  memset(&s, 0, sizeof s);
  crucible_watchtower_options_init(&s.options, sizeof s.options);
  s.verdicts[0].struct_size = sizeof s.verdicts[0];
  return s;
}

static inline void begin(stage *s) {
  assert_int_equal(crucible_watchtower_create(&s->options, &s->tower),
                   CRUCIBLE_OK);
}

static inline void add(stage *s, uint32_t agent) {
  assert_int_equal(crucible_watchtower_add(s->tower, agent, 200), CRUCIBLE_OK);
}

static inline void end(stage *s) {
  crucible_watchtower_destroy(s->tower);
  s->tower = NULL;
}

static inline crucible_observation at(uint32_t agent, double equity) {
  return (crucible_observation){.struct_size = sizeof(crucible_observation),
                                .agent = agent,
                                .equity = equity};
}

static inline crucible_status
try_push(stage *s, const crucible_observation *seen, size_t n) {
  return crucible_watchtower_push(s->tower, seen, n, s->verdicts, &s->n);
}

/* One bar of one agent; the rule that was met, 0 if none. */
static inline int32_t see(stage *s, crucible_observation seen) {
  assert_int_equal(try_push(s, &seen, 1), CRUCIBLE_OK);
  if (s->n == 0)
    return 0;
  assert_int_equal(s->n, 1);
  assert_int_equal(s->verdicts[0].agent, seen.agent);
  assert_int_equal(s->verdicts[0].track.agent, seen.agent);
  return s->verdicts[0].rule;
}

#endif
