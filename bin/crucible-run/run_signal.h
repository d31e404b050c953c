/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ctrl-C and requests to terminate. Where nothing would be lost the work is
 * cancelled at once; while agents trade, the loop is asked to end so that
 * final ledgers are written. A second signal ends the program the hard way,
 * which the journal survives.
 */
#ifndef RUN_SIGNAL_H
#define RUN_SIGNAL_H

#include <crucible/crucible.h>

/* From here on a signal requests cancel (lent) and sets the flag. */
void signal_begin(crucible_cancel *cancel);
int signal_is_requested(void);
/* Back to the system's defaults. */
void signal_end(void);

#endif
