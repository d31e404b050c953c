/* SPDX-License-Identifier: Apache-2.0 */
#include "run_signal.h"

#include <signal.h>
#include <stddef.h>

static crucible_cancel *volatile target;
static volatile sig_atomic_t is_requested;

static void on_signal(int number) {
  (void)number;
  is_requested = 1;
  crucible_cancel_request(target);
}

static void handle_with(const struct sigaction *action) {
  struct sigaction before;
  sigaction(SIGINT, action, NULL);
  sigaction(SIGTERM, action, NULL);
  if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
    sigaction(SIGHUP, action, NULL); /* under nohup it stays ignored */
}

void signal_begin(crucible_cancel *cancel) {
  target = cancel;
  is_requested = 0;
  struct sigaction action = {.sa_handler = on_signal,
                             .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  handle_with(&action);
}

int signal_is_requested(void) { return is_requested; }

void signal_end(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigemptyset(&action.sa_mask);
  handle_with(&action);
  target = NULL;
}
