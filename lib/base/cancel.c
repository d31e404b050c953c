/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>

#include <crucible/runtime.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

struct crucible_cancel {
  atomic_int requested;
};
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler may set it");

crucible_status crucible_cancel_create(crucible_cancel **cancel) {
  if (cancel == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "cancel is NULL: give the address of a pointer");
  *cancel = crucible__alloc(1, sizeof **cancel);
  if (*cancel == NULL)
    return CRUCIBLE_E_NOMEM;
  atomic_init(&(*cancel)->requested, 0);
  return CRUCIBLE_OK;
}

void crucible_cancel_destroy(crucible_cancel *cancel) {
  crucible__free(cancel);
}

void crucible_cancel_request(crucible_cancel *cancel) {
  if (cancel != NULL)
    atomic_store(&cancel->requested, 1);
}

int crucible_cancel_is_requested(const crucible_cancel *cancel) {
  return cancel != NULL && atomic_load(&cancel->requested);
}
