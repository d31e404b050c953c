/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/base_status.h"
#include "stats/moments.h"

crucible__moment_sums
crucible__running_moments_sums(const crucible_running_moments *running) {
  return (crucible__moment_sums){.n = (double)running->n,
                                 .mean = running->mean,
                                 .m2 = running->m2,
                                 .m3 = running->m3,
                                 .m4 = running->m4};
}

crucible_status crucible_running_moments_push(crucible_running_moments *running,
                                              double value) {
  if (running == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "running is NULL: give sums, all zero at first");
  if (!isfinite(value))
    return crucible__fail(CRUCIBLE_E_INVALID,
                          "value is %g: push finite returns only", value);
  crucible__running_moments_take(running, value);
  return CRUCIBLE_OK;
}

crucible_status
crucible_running_moments_get(const crucible_running_moments *running,
                             crucible_moments *moments) {
  if (running == NULL || moments == NULL)
    return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL: give one",
                          running == NULL ? "running" : "moments");
  if (running->n < 2)
    return crucible__fail(CRUCIBLE_E_TOO_SHORT,
                          "the stream has %llu of the 2 returns that moments "
                          "need: push more",
                          (unsigned long long)running->n);
  const crucible__moment_sums sums = crucible__running_moments_sums(running);
  return crucible__moments_from(&sums, moments);
}

void crucible__running_moments_save(const crucible_running_moments *running,
                                    crucible__pack *pack) {
  crucible__pack_u64(pack, running->n);
  crucible__pack_f64(pack, running->mean);
  crucible__pack_f64(pack, running->m2);
  crucible__pack_f64(pack, running->m3);
  crucible__pack_f64(pack, running->m4);
}

crucible_running_moments
crucible__running_moments_load(crucible__unpack *unpack) {
  crucible_running_moments running = {0};
  running.n = crucible__unpack_u64(unpack);
  running.mean = crucible__unpack_f64(unpack);
  running.m2 = crucible__unpack_f64(unpack);
  running.m3 = crucible__unpack_f64(unpack);
  running.m4 = crucible__unpack_f64(unpack);
  return running;
}
