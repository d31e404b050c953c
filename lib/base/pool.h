/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work on the pool. Results do not depend on the number of threads: an item
 * writes only what belongs to it, and reductions run afterwards in item order.
 */
#ifndef CRUCIBLE__POOL_H
#define CRUCIBLE__POOL_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/runtime.h>

#include "base/internal.h"

/*
 * Does item i of a job on worker w (0 <= w < crucible_pool_threads()). A
 * failure stops the handing out of further items.
 */
typedef crucible_status (*crucible__pool_item)(size_t i, uint32_t worker,
                                               void *data);

/*
 * Runs items 0 .. n - 1, the calling thread taking part, and returns when all
 * that were started have ended. pool NULL: on the calling thread, in order.
 * On failure: the status and error text of the failed item with the lowest
 * number, in the calling thread. cancel may be NULL; it is looked at before
 * each item (E_CANCELLED). A job that an item runs on the same pool, or that
 * finds the pool busy with another thread's job, runs on its own thread alone,
 * in order.
 */
CRUCIBLE__SHARED crucible_status
crucible__pool_run(crucible_pool *pool, size_t n, crucible__pool_item item,
                   void *data, const crucible_cancel *cancel);

#endif
