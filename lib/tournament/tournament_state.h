/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tournament is made of, for the files that run it:
 *
 *   tournament.c       its making, its events
 *   tournament_bar.c   one bar: step, record, judge
 *   tournament_life.c  agents: seats, verdicts, refits, ends
 *   tournament_forge.c searches: wishes, admissions, the bench
 *   tournament_state.c checkpoints
 *   tournament_resume.c what a journal that is there asks for
 */
#ifndef CRUCIBLE__TOURNAMENT_STATE_H
#define CRUCIBLE__TOURNAMENT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/arena.h>
#include <crucible/factory.h>
#include <crucible/tournament.h>
#include <crucible/watchtower.h>

#include "base/sha256.h"
#include "tournament/config.h"
#include "tournament/journal.h"

#define CRUCIBLE__NO_SLOT UINT32_MAX

/* A genome with a model that is ready to trade, and where it came from. */
typedef struct crucible__trained {
  uint64_t study; /* the search that found it */
  uint32_t rank;  /* its place there, from 1 */
  crucible_genome *genome;
  crucible_plan plan;
  void *model; /* [model_bytes] */
  size_t model_bytes;
} crucible__trained;

/* An agent that lives: in a slot, on the champion bench, or closing. */
typedef struct crucible__seat {
  uint32_t agent;
  uint32_t slot; /* CRUCIBLE__NO_SLOT: champion or closing */
  crucible__trained trained;
  uint32_t version;   /* of its model, from 1 */
  uint64_t from_bar;  /* bars taken when it was seated */
  uint64_t refit_bar; /* when its model has grown one step old */
  int is_closing, is_final;
  int is_eligible;           /* how it ends lets it into the elite pool */
  char reason[160];          /* of its end */
  crucible_observation seen; /* of the last bar */

  /* a block of its curve that is being filled */
  uint64_t first_bar;
  size_t n;
  double equity[CRUCIBLE__CHECKPOINT_BARS];
} crucible__seat;

/* One that is trained and waits outside the slots. */
typedef struct crucible__ready {
  crucible__trained trained;
  uint64_t bar; /* of its wish: how old its data are */
} crucible__ready;

/* A search that was asked for and not yet admitted. */
typedef struct crucible__wish {
  uint64_t study; /* 0: there is none */
  uint64_t bar, admit_bar;
  uint32_t n_wanted;
  uint64_t n_bars[CRUCIBLE__TIMES_MAX]; /* of each timeframe */
  crucible_elite *elites;               /* [n_elites] their genomes are ours */
  size_t n_elites;
} crucible__wish;

struct crucible_tournament {
  crucible__config config;
  crucible_instrument instrument;
  crucible_tournament_options options; /* its pointers are the caller's */
  crucible__journal *journal;
  crucible__journal_state state;

  crucible_space *space;
  crucible_arena *arena;
  crucible_watchtower *watchtower;
  crucible_factory *factory;
  crucible_trader *holder; /* buys at the first bar traded, and holds */

  crucible__seat **seats; /* [n_seats] in order of agents */
  size_t n_seats, seats_capacity;
  int64_t *slots;        /* [tournament.agents] agent, or -1 */
  crucible_lived *lived; /* [n_lived] by number of agent, the dead included */
  size_t n_lived, lived_capacity;
  crucible__ready *bench; /* [n_bench] the oldest first */
  size_t n_bench, bench_capacity;
  crucible__wish wish;
  uint64_t retry_bar; /* no search is asked for before */
  uint32_t n_ended, n_champions;

  crucible_observation *seen; /* [n_seats] room, for the watchtower */
  crucible_verdict *verdicts; /* likewise */
  size_t seen_capacity, verdicts_capacity;

  uint64_t block_first_bar;
  size_t block_n;
  int64_t block_ms[CRUCIBLE__CHECKPOINT_BARS];
  double block_holder[CRUCIBLE__CHECKPOINT_BARS];

  crucible__sha256 input;
  int64_t next_open_ms; /* where the next bar opens if none is missing */

  /* resuming: bars up to checkpoint_bar are only taken, those up to resume_bar
     are stepped once more, muted */
  uint64_t checkpoint_bar, resume_bar;
  crucible__journal_state resume_state;
  int is_reread;     /* it was finished before: bars are only compared */
  uint64_t n_reread; /* of them */
  void *checkpoint;  /* [n_checkpoint] bytes until they are loaded */
  size_t n_checkpoint;

  uint64_t search_done, search_total; /* of a search that runs */
  uint64_t n_trained;                 /* genomes trained by this process */
  uint64_t n_repeated;                /* bars stepped once more to resume */
  int64_t step_ns, journal_ns;        /* since the last checkpoint */
  uint64_t n_timed;                   /* bars in them */
  crucible_status step_status; /* what failed while the arena told of a step */
  char step_error[256];
  int has_failed;
};

/* ---- tournament.c ---- */

void crucible__tournament_progress(const crucible_tournament *t,
                                   crucible_progress *progress);
/* An event of an agent, or of CRUCIBLE__NOBODY, at the present bar. */
crucible_status crucible__tournament_event(crucible_tournament *t,
                                           int64_t agent, const char *kind,
                                           const char *detail);

/* ---- tournament_bar.c ---- */

/* Takes a bar into the input's hash, and gives it. */
void crucible__tournament_hash(crucible_tournament *t, const crucible_bar *bar,
                               uint8_t hash[32]);
/* One bar: everything that it brings. */
crucible_status crucible__tournament_bar(crucible_tournament *t,
                                         const crucible_bar *bar);
/* Blocks of curves, ledgers, tracks and the pool as they are now. */
crucible_status crucible__tournament_flush(crucible_tournament *t);

/* ---- tournament_life.c ---- */

crucible__seat *crucible__seat_of(crucible_tournament *t, uint32_t agent);
void crucible__trained_clear(crucible__trained *trained);
void crucible__seat_destroy(crucible__seat *seat);
/* Room for one more seat and what goes with it. */
crucible_status crucible__seats_reserve(crucible_tournament *t);
/* Puts a genome that was trained on data up to data_bar into a slot; it changes
   hands. */
crucible_status crucible__seat_add(crucible_tournament *t,
                                   crucible__trained *trained, uint32_t slot,
                                   uint64_t data_bar);
crucible_status crucible__seat_write_block(crucible_tournament *t,
                                           crucible__seat *seat);
/* What the watchtower says of the bar, who has ended, whose model is old. */
crucible_status crucible__life_judge(crucible_tournament *t);
crucible_status crucible__life_refit(crucible_tournament *t);

/* ---- tournament_forge.c ---- */

crucible_status crucible__forge_create(crucible_tournament *t);
/* The factory of a checkpoint instead of the new one. */
crucible_status crucible__forge_load(crucible_tournament *t,
                                     crucible__unpack *unpack);
/* Admits the search that is due, fills the slots, wishes for more. */
crucible_status crucible__forge_fill_slots(crucible_tournament *t);
void crucible__wish_clear(crucible__wish *wish);
/* The market of a timeframe, its first n_bars bars; 0: all. */
typedef struct crucible__market_view {
  crucible_market market;
  crucible_bars bars;
} crucible__market_view;
crucible_status crucible__market_of(const crucible_tournament *t,
                                    int64_t timeframe_ms, uint64_t n_bars,
                                    crucible__market_view *view);

/* ---- tournament_state.c ---- */

crucible_status crucible__tournament_save(const crucible_tournament *t,
                                          crucible__pack *pack);
/* Into a tournament that has taken as many bars. */
crucible_status crucible__tournament_load(crucible_tournament *t);

/* ---- tournament_resume.c ---- */

/* Compares with what is there, or writes the head of a new journal. */
crucible_status crucible__tournament_open(crucible_tournament *t,
                                          crucible_store *store,
                                          const char *config);
/* Whether a bar is one that the journal holds; after it was counted. */
crucible_status crucible__resume_check(crucible_tournament *t);
/* After the last of them. */
crucible_status crucible__resume_end(crucible_tournament *t);

#endif
