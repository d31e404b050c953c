/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the inputs of a simulation go with its plans and markets. */
#ifndef CRUCIBLE__INPUT_CHECKS_H
#define CRUCIBLE__INPUT_CHECKS_H

#include "backtest/inputs.h"

/* Each view is known to be right alone; or says what is wrong and where. */
crucible_status crucible__inputs_check(const crucible__inputs *inputs);

#endif
