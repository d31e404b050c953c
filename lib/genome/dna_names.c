/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "genome/dna.h"

#define NAMES(list)                                                            \
  { (list), sizeof(list) / sizeof *(list) }

static const char *const sides[] = {"long", "long_short"};
static const char *const entries[] = {"market", "limit", "post_only"};
static const char *const sizings[] = {"fraction", "risk", "cash", "units"};
static const char *const horizons[] = {"fixed", "expanding"};
static const char *const refits[] = {"refit", "retire"};
static const char *const origins[] = {"drawn", "given", "mutated", "crossed"};

const crucible__names crucible__side_names = NAMES(sides);
const crucible__names crucible__entry_names = NAMES(entries);
const crucible__names crucible__sizing_names = NAMES(sizings);
const crucible__names crucible__horizon_names = NAMES(horizons);
const crucible__names crucible__refit_names = NAMES(refits);
const crucible__names crucible__origin_names = NAMES(origins);

int32_t crucible__constant_of(const crucible__names *names, const char *name) {
  for (size_t i = 0; i < names->n; ++i)
    if (strcmp(names->names[i], name) == 0)
      return (int32_t)i + 1;
  return 0;
}
