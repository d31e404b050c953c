/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator for tests that counts the library's live blocks and fails on
 * request. main() calls failing_alloc_install() before anything else:
 *
 *   static crucible_status make_and_use(void *data) {
 *     crucible_thing *thing;
 *     crucible_status status = crucible_thing_create(data, &thing);
 *     if (status == CRUCIBLE_OK)
 *       status = crucible_thing_use(thing);
 *     crucible_thing_destroy(thing);
 *     return status;
 *   }
 *   ...
 *   failing_alloc_run(make_and_use, &input);
 *
 * Any thread may allocate. A block that is resized always moves, freed memory
 * is overwritten, and a pointer that was not allocated here stops the program.
 */
#ifndef TESTS_SUPPORT_FAILING_ALLOC_H
#define TESTS_SUPPORT_FAILING_ALLOC_H

#include <stddef.h>

#include <crucible/alloc.h>
#include <crucible/status.h>

/* Makes the library allocate here; stops the program if it is too late. */
void failing_alloc_install(void);

/* The allocator itself, for programs that install it their own way. */
void failing_alloc_copy(crucible_allocator *allocator);

/* From now on allocation number i (from 1) fails; with and_after also all
   that follow it. i = 0: none fails. Restarts the count. */
void failing_alloc_at(size_t i, int and_after);

size_t failing_alloc_count(void);  /* allocations since failing_alloc_at() */
size_t failing_alloc_failed(void); /* of them, failed */
size_t failing_alloc_live(void);   /* blocks that nobody has freed */

/* Returns CRUCIBLE_OK or the first failure it met; frees what it made. */
typedef crucible_status (*failing_alloc_path)(void *data);

/*
 * Runs path with allocation 1, 2, ... failing, each alone and each with all
 * later ones, until no failure was met. Each failed run must return
 * CRUCIBLE_E_NOMEM with an error text, and every run leave as many live blocks
 * as it found. Returns the number of allocations of the path; a path that
 * never allocates fails the test.
 */
size_t failing_alloc_run(failing_alloc_path path, void *data);

#endif
