/* SPDX-License-Identifier: Apache-2.0 */
/* A space of DNA with points of it and their children. Include after
   <cmocka.h>. */
#ifndef TESTS_SUPPORT_DNA_WORLD_H
#define TESTS_SUPPORT_DNA_WORLD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "support/some_dna.h"

typedef struct dna_world {
  crucible_space *space;
  size_t n;
  int32_t roots[DNA_POINT_MAX]; /* first parameter of each one's block */
} dna_world;

static inline int open_dna_world(void **state) {
  static dna_world w;
  w.space = dna_space(8);
  w.n = crucible_space_count(w.space);
  for (size_t i = 0; i < w.n; ++i) {
    crucible_param p = {.struct_size = sizeof p};
    assert_ok(crucible_space_get(w.space, i, &p));
    w.roots[i] = p.parent < 0 ? (int32_t)i : w.roots[p.parent];
  }
  *state = &w;
  return 0;
}

static inline int close_dna_world(void **state) {
  dna_world *w = *state;
  crucible_space_destroy(w->space);
  return 0;
}

static inline int is_switch(const dna_world *w, size_t i) {
  crucible_param p = {.struct_size = sizeof p};
  assert_ok(crucible_space_get(w->space, i, &p));
  return p.parent < 0 && strncmp(p.name, "feature.", 8) == 0;
}

static inline size_t count_features(const dna_world *w, const double *point) {
  size_t n = 0;
  for (size_t i = 0; i < w->n; ++i)
    n += is_switch(w, i) && point[i] == 1;
  return n;
}

static inline void vary(const dna_world *w, const double *mother,
                        const double *father, uint64_t id, double *child) {
  const double *parents[2] = {mother, father};
  uint32_t n = mother == NULL ? 0 : father == NULL ? 1 : 2;
  assert_ok(crucible_genome_vary(w->space, parents, n, 7, id, child, NULL));
}

static inline void draw_point(const dna_world *w, uint64_t id, double *point) {
  crucible_genome *genome = dna_drawn(w->space, id);
  assert_ok(crucible_genome_point(genome, w->space, point));
  crucible_genome_destroy(genome);
}

#endif
