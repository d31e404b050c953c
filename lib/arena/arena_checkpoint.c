/* SPDX-License-Identifier: Apache-2.0 */
/* Agents as bytes: what a checkpoint keeps of them. */
#include "arena/arena_state.h"

#include <string.h>

#include "arena/arena_object.h"
#include "arena/streams.h"
#include "base/base_alloc.h"
#include "base/base_status.h"

static const char mark[] = "arena 1";

/* ---- writing ---- */

static void save_events(const crucible__events *events, crucible__pack *pack) {
  crucible__pack_u64(pack, events->n_orders);
  crucible__pack_bytes(pack, events->orders,
                       events->n_orders * sizeof *events->orders);
  crucible__pack_u64(pack, events->n_trades);
  crucible__pack_bytes(pack, events->trades,
                       events->n_trades * sizeof *events->trades);
}

static void save_agent(const crucible__agent *agent, crucible__pack *pack) {
  crucible__pack_i64(pack, agent->state);
  crucible__pack_bytes(pack, &agent->account, sizeof agent->account);
  if (agent->state == CRUCIBLE_AGENT_TERMINATED)
    return;
  crucible__pack_bytes(pack, agent->genome, sizeof agent->genome);
  crucible__pack_i64(pack, agent->cannot_trade);
  crucible__pack_u64(pack, agent->n_bars);
  for (uint32_t i = 0; i < agent->n_bars; ++i)
    save_events(&agent->events[i], pack);
}

static int64_t last_open_ms(const crucible_arena *arena) {
  const crucible__lane *base = &arena->lanes[0];
  return base->n == 0 ? 0 : base->open_time_ms[base->n - 1];
}

crucible_status crucible__arena_save(const crucible_arena *arena,
                                     crucible__pack *pack) {
  CRUCIBLE__TRY(crucible__arena_is_ready(arena));
  crucible__pack_mark(pack, mark);
  crucible__pack_u64(pack, arena->lanes[0].n);
  crucible__pack_i64(pack, last_open_ms(arena));
  crucible__pack_u64(pack, arena->n_agents);
  for (size_t i = 0; i < arena->n_agents; ++i)
    save_agent(arena->agents[i], pack);
  return crucible__pack_end(pack);
}

/* ---- reading ---- */

typedef struct loading {
  crucible_arena *arena;
  crucible__unpack *unpack;
  crucible__arena_find find;
  void *data;
} loading;

static uint32_t read_small(crucible__unpack *unpack, uint32_t most) {
  uint64_t value = crucible__unpack_u64(unpack);
  if (value > most)
    unpack->failed = 1;
  return unpack->failed ? 0 : (uint32_t)value;
}

static void load_events(crucible__unpack *unpack, crucible__events *events) {
  events->n_orders = read_small(unpack, CRUCIBLE__EVENTS_MAX);
  crucible__unpack_into(unpack, events->orders,
                        events->n_orders * sizeof *events->orders);
  events->n_trades = read_small(unpack, CRUCIBLE__EVENTS_MAX);
  crucible__unpack_into(unpack, events->trades,
                        events->n_trades * sizeof *events->trades);
}

/* What a living agent is made of, and that it is the same one. */
static crucible_status make_living(const loading *load, uint32_t number,
                                   int32_t state, const uint8_t *genome,
                                   crucible__agent *agent) {
  crucible_agent_spec spec = {.struct_size = sizeof spec};
  const crucible__site *site = &load->arena->site;
  CRUCIBLE__TRY(load->find(number, &spec, load->data));
  CRUCIBLE__TRY(crucible__arena_check_spec(&spec));
  CRUCIBLE__TRY(state == CRUCIBLE_AGENT_CLOSING
                    ? crucible__agent_init_closing(agent, &spec, site)
                    : crucible__agent_init(agent, &spec, site));
  agent->state = state;
  if (memcmp(genome, agent->genome, sizeof agent->genome) == 0)
    return CRUCIBLE_OK;
  return crucible__fail(CRUCIBLE_E_STORE,
                        "the genome given for agent %u is not the one it had",
                        (unsigned)number);
}

static crucible_status load_living(const loading *load, uint32_t number,
                                   int32_t state,
                                   const crucible__account *account,
                                   crucible__agent *agent) {
  crucible__unpack *unpack = load->unpack;
  uint8_t genome[CRUCIBLE_GENOME_ID_BYTES] = {0};
  crucible__unpack_into(unpack, genome, sizeof genome);
  int32_t cannot_trade = (int32_t)read_small(unpack, 1);
  uint32_t n_bars = read_small(unpack, CRUCIBLE__OWN_BARS_MAX - 1);
  if (unpack->failed)
    return CRUCIBLE_OK; /* told by the caller */
  CRUCIBLE__TRY(make_living(load, number, state, genome, agent));
  agent->account = *account;
  agent->cannot_trade = cannot_trade;
  agent->n_bars = n_bars;
  for (uint32_t i = 0; i < n_bars; ++i)
    load_events(unpack, &agent->events[i]);
  return CRUCIBLE_OK;
}

static crucible_status fill_agent(const loading *load, uint32_t number,
                                  crucible__agent *agent) {
  crucible__unpack *unpack = load->unpack;
  crucible__account account = {0};
  int64_t state = crucible__unpack_i64(unpack);
  crucible__unpack_into(unpack, &account, sizeof account);
  if (state < CRUCIBLE_AGENT_ACTIVE || state > CRUCIBLE_AGENT_TERMINATED ||
      !crucible__account_is_sound(&account))
    unpack->failed = 1;
  if (unpack->failed)
    return CRUCIBLE_OK;
  agent->state = (int32_t)state;
  if (state != CRUCIBLE_AGENT_TERMINATED)
    return load_living(load, number, agent->state, &account, agent);
  agent->terms = load->arena->terms;
  agent->account = account;
  return CRUCIBLE_OK;
}

static crucible_status load_agent(const loading *load, uint32_t number) {
  CRUCIBLE__TRY(crucible__arena_make_room(load->arena));
  crucible__agent *agent = crucible__alloc_zero(1, sizeof *agent);
  if (agent == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = fill_agent(load, number, agent);
  if (status == CRUCIBLE_OK && !load->unpack->failed) {
    crucible__arena_put(load->arena, agent);
    return CRUCIBLE_OK;
  }
  crucible__agent_clear(agent, &load->arena->site);
  crucible__free(agent);
  return status;
}

static crucible_status load_agents(const loading *load) {
  crucible_arena *arena = load->arena;
  crucible__unpack *unpack = load->unpack;
  crucible__unpack_mark(unpack, mark);
  uint64_t n_bars = crucible__unpack_u64(unpack);
  int64_t open_ms = crucible__unpack_i64(unpack);
  if (!unpack->failed &&
      (n_bars != arena->lanes[0].n || open_ms != last_open_ms(arena)))
    return crucible__fail(
        CRUCIBLE_E_STATE,
        "the arena has taken %zu bars, the last at %lld ms, and the state is "
        "of %llu, the last at %lld ms: push those first",
        arena->lanes[0].n, (long long)last_open_ms(arena),
        (unsigned long long)n_bars, (long long)open_ms);
  size_t n = crucible__unpack_count(unpack, sizeof(crucible__account));
  for (size_t i = 0; i < n && !unpack->failed; ++i)
    CRUCIBLE__TRY(load_agent(load, (uint32_t)i));
  if (unpack->failed)
    return crucible__unpack_end(unpack, "the arena");
  for (size_t i = 0; i < arena->n_lanes; ++i)
    CRUCIBLE__TRY(crucible__lane_warm_up(&arena->lanes[i], arena->pool));
  return CRUCIBLE_OK;
}

crucible_status crucible__arena_load(crucible_arena *arena,
                                     crucible__unpack *unpack,
                                     crucible__arena_find find, void *data) {
  CRUCIBLE__TRY(crucible__arena_is_ready(arena));
  if (arena->n_agents > 0)
    return crucible__fail(CRUCIBLE_E_STATE,
                          "the arena has %zu agents already: load into a new "
                          "one",
                          arena->n_agents);
  const loading load = {arena, unpack, find, data};
  crucible_status status = load_agents(&load);
  if (status != CRUCIBLE_OK)
    crucible__arena_drop_agents(arena);
  return status;
}
