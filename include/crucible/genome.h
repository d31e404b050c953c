/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/genome.h
 * @brief DNA: everything about an agent that evolves.
 *
 * One instrument, timeframe, side; model kind with hyper-parameters; features
 * with their parameters; label horizon; thresholds; order style; stops;
 * sizing; how much past it is trained on. Nothing that evolves is anywhere
 * else, and no gene is without effect. Policies that a later release brings
 * (curriculum, drift horizon) become genes then.
 *
 * Thresholds are genes as quantiles: theta_in is the entry_quantile of the
 * model's predictions on the inner tail of its training window (of their
 * absolute values where the side is long_short), so that a gene means the same
 * for every model; theta_out likewise.
 *
 * A genome's canonical JSON has sorted keys and shortest numbers; its id is
 * the first 128 bits of the SHA-256 of the genes in that form, lineage left
 * out. Threads: a genome never changes; any thread.
 */
#ifndef CRUCIBLE_GENOME_H
#define CRUCIBLE_GENOME_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/backtest.h>
#include <crucible/export.h>
#include <crucible/features.h>
#include <crucible/space.h>
#include <crucible/status.h>

CRUCIBLE_BEGIN_DECLS

enum {
  CRUCIBLE_GENOME_ID_BYTES = 16,  /**< bytes of an id */
  CRUCIBLE_GENOME_PARENTS_MAX = 2 /**< parents a genome can have */
};

/** How a genome came to be. */
enum {
  CRUCIBLE_ORIGIN_DRAWN = 1,   /**< drawn from the space */
  CRUCIBLE_ORIGIN_GIVEN = 2,   /**< given by the user */
  CRUCIBLE_ORIGIN_MUTATED = 3, /**< one parent */
  CRUCIBLE_ORIGIN_CROSSED = 4  /**< two parents */
};

/** How much past a model is trained on. */
enum {
  CRUCIBLE_HORIZON_FIXED = 1,    /**< the last train_bars bars */
  CRUCIBLE_HORIZON_EXPANDING = 2 /**< all of it */
};

/** What follows when a model's walk-forward step is over. */
enum {
  CRUCIBLE_REFIT_REFIT = 1, /**< the same genome is trained on newer data */
  CRUCIBLE_REFIT_RETIRE = 2 /**< the agent ends with its model */
};

/** Lineage: kept beside the genes, not part of the id. */
typedef struct crucible_lineage {
  size_t struct_size; /**< set by the caller */
  int32_t origin;     /**< CRUCIBLE_ORIGIN_* */
  uint32_t n_parents; /**< <= CRUCIBLE_GENOME_PARENTS_MAX */
  uint8_t parents[CRUCIBLE_GENOME_PARENTS_MAX]
                 [CRUCIBLE_GENOME_ID_BYTES]; /**< their ids */
  uint64_t study;      /**< number of the study, 0 = none */
  uint64_t trial;      /**< number of the trial in it */
  uint32_t generation; /**< 1 + the larger of the parents'; 0 without parents,
                            or where it is not known */
  uint32_t reserved;   /**< 0 */
} crucible_lineage;

/** What DNA may be drawn from; start from crucible_genome_space_options_init(). */
typedef struct crucible_genome_space_options {
  size_t struct_size;                    /**< set by init */
  const crucible_instrument *instrument; /**< decides symbol and sides */
  const int64_t *timeframes_ms;          /**< [n_timeframes] choices */
  size_t n_timeframes;                   /**< >= 1 */
  uint32_t has;              /**< CRUCIBLE_NEEDS_* columns the series has */
  int32_t allow_short;       /**< 1 (default): where the instrument allows it */
  uint32_t min_horizon_bars; /**< of the label; default 3 */
  uint32_t max_horizon_bars; /**< default 48 */
  uint32_t min_train_bars;   /**< of a fixed horizon; default 2,000 */
  uint32_t max_train_bars;   /**< default 40,000 */
  uint32_t units; /**< features by their unit, bit 1 << CRUCIBLE_UNIT_*; default
                       RATIO alone: what moves with the price level teaches a
                       model the level of its training window */
  uint32_t max_lookback_bars; /**< of a feature's periods; default 288 */
  double mean_features;       /**< features a drawn genome has on average, > 0;
                             default 8 */
} crucible_genome_space_options;

/** Genes outside features, model and plan. */
typedef struct crucible_genes {
  size_t struct_size;                  /**< set by the caller */
  char symbol[CRUCIBLE_NAME_SIZE];     /**< the one instrument */
  char model_kind[CRUCIBLE_NAME_SIZE]; /**< such as "xgboost" */
  int64_t timeframe_ms;                /**< of the bars it acts on */
  uint32_t horizon_bars;               /**< of label and time stop */
  uint32_t n_features;                 /**< >= 1 */
  uint32_t n_model_params;             /**< hyper-parameters of the kind */
  int32_t train_horizon;               /**< CRUCIBLE_HORIZON_* */
  uint32_t train_bars;                 /**< of a fixed horizon; 0 otherwise */
  int32_t refit;                       /**< CRUCIBLE_REFIT_* */
  double entry_quantile;               /**< in (0, 1) */
  double exit_quantile;                /**< in (0, entry_quantile] */
  crucible_plan plan; /**< order style, stops, sizing; its thetas are NaN
                               until a model is trained */
} crucible_genes;

/** DNA. */
typedef struct crucible_genome crucible_genome;

/** What a member of an elite pool is, the proven first. */
enum {
  CRUCIBLE_ELITE_PROMOTED = 1,   /**< DNA of a promoted agent */
  CRUCIBLE_ELITE_TERMINATED = 2, /**< of one that ended recently */
  CRUCIBLE_ELITE_PROVISIONAL = 3 /**< of a living one, unproven; there are some
                                      only while no member is promoted */
};

/** What became of DNA that was offered to an elite pool. */
enum {
  CRUCIBLE_ELITE_TAKEN = 0,              /**< it is a member */
  CRUCIBLE_ELITE_REJECTED_SCORE = 1,     /**< terminated, and its score is not
                                              above the pool's median */
  CRUCIBLE_ELITE_REJECTED_DUPLICATE = 2, /**< the same genome is a member with
                                              a better record */
  CRUCIBLE_ELITE_REJECTED_NEAR = 3,      /**< too near to a better member */
  CRUCIBLE_ELITE_REJECTED_FULL = 4,      /**< there are enough better ones */
  CRUCIBLE_ELITE_REJECTED_OLD = 5        /**< it ended too long ago */
};

enum {
  CRUCIBLE_ELITE_REASON_SIZE = 128,  /**< bytes of a reason */
  CRUCIBLE_ELITE_REJECTED_KEPT = 64, /**< rejected ones on record */
  CRUCIBLE_ELITE_CAPACITY_MAX = 4096 /**< largest capacity */
};

/** How an elite pool chooses; start from crucible_elite_options_init(). */
typedef struct crucible_elite_options {
  size_t struct_size;       /**< set by init */
  uint32_t capacity;        /**< members at most, 1 to
                                 CRUCIBLE_ELITE_CAPACITY_MAX; default 16 */
  uint32_t max_terminated;  /**< of them terminated; default 5 */
  uint32_t max_provisional; /**< of them provisional; default 5 */
  uint32_t reserved;        /**< 0 */
  double half_life_bars;    /**< age at which a score above 0 counts half, > 0,
                                 infinite: scores do not age; default 8,640 (30
                                 days of 5 minutes) */
  double shrink_bars;       /**< record length at which a record counts as much
                                 as its lineage's, >= 0; default 2,016 */
  double min_distance;      /**< diversity guard: whoever is nearer to a better
                                 member is turned down, [0, 1]; default 0.05 */
  uint64_t recent_bars;     /**< a terminated one stays so long at most; default
                                 8,640 */
} crucible_elite_options;

/** DNA with the live record it rests on: a candidate in, a member out. */
typedef struct crucible_elite {
  size_t struct_size;            /**< set by the caller */
  const crucible_genome *genome; /**< in: copied; out: lent until the pool
                                      changes */
  int32_t label;                 /**< CRUCIBLE_ELITE_* */
  uint32_t agent;                /**< whose record it is */
  double z;        /**< argument of the normal law in the deflated Sharpe ratio
                         of the live record (the ratio itself saturates) */
  double dsr;      /**< the ratio, [0, 1]: shown, decides nothing */
  uint64_t n_bars; /**< length of the record */
  uint64_t bar;    /**< number of the bar at which it was earned */
  double score;    /**< out: z, shrunk and aged to the pool's present bar; in:
                         not read */
} crucible_elite;

/** A bounded set of the best DNA. */
typedef struct crucible_elite_pool crucible_elite_pool;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_genome_space_options_init(crucible_genome_space_options *options,
                                   size_t struct_size);

/**
 * The space that DNA is drawn from. Each feature of the registry that the
 * series' columns and the wanted units allow is a choice "feature.NAME"
 * {off, on} with its parameters under it.
 *
 * @param[in]  options  instrument and timeframes must be given.
 * @param[out] space    NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a wrong option.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_genome_space_create(
    const crucible_genome_space_options *options, crucible_space **space);

/**
 * Draws a genome: the point of crucible_space_draw() with that seed and id, or,
 * should that be no genome, the first later one of the same id that is.
 *
 * @param[in]  space   Of crucible_genome_space_create().
 * @param[in]  seed    Of the draw.
 * @param[in]  id      Number of the draw, < 2^40.
 * @param[in]  symbol  The instrument's symbol.
 * @param[out] genome  NULL on failure; its lineage is drawn, trial = id.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an id that is too large.
 * @retval CRUCIBLE_E_DOMAIN  256 points were no genome: widen the space.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_genome_draw(const crucible_space *space, uint64_t seed, uint64_t id,
                     const char *symbol, crucible_genome **genome);

/**
 * The genome of a point.
 *
 * @param[in]  space    Of crucible_genome_space_create().
 * @param[in]  point    [n] checked against the space.
 * @param[in]  symbol   The instrument's symbol.
 * @param[in]  lineage  NULL: drawn, no parents.
 * @param[out] genome   NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a point outside the space.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_DOMAIN  The point is no genome: no feature is on, or the
 *                            parameters of one contradict each other.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_genome_create(
    const crucible_space *space, const double *point, const char *symbol,
    const crucible_lineage *lineage, crucible_genome **genome);

/**
 * The point of a genome, the inverse of crucible_genome_create().
 *
 * @param[in]  genome  Not NULL.
 * @param[in]  space   Of crucible_genome_space_create().
 * @param[out] point   [n].
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or the genome does not lie in the
 *                            space: the text names the gene.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_genome_point(
    const crucible_genome *genome, const crucible_space *space, double *point);

/**
 * Reads a genome from JSON, canonical or not.
 *
 * @param[in]  text    With or without a lineage.
 * @param[in]  length  Bytes.
 * @param[out] genome  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_DATA    Not a genome: the text gives path and rule.
 * @retval CRUCIBLE_E_VERSION Genes of a newer version.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_genome_parse(
    const char *text, size_t length, crucible_genome **genome);

/**
 * Frees a genome.
 *
 * @param[in] genome  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_genome_destroy(crucible_genome *genome);

/**
 * Canonical JSON, lent until the genome ends.
 *
 * @param[in] genome        Not NULL.
 * @param[in] with_lineage  0: the genes alone, as the id is made from them.
 * @return Text with a closing zero; NULL for NULL.
 * @since 0.1
 */
CRUCIBLE_API const char *crucible_genome_json(const crucible_genome *genome,
                                              int32_t with_lineage);

/**
 * The id.
 *
 * @param[in]  genome  Not NULL.
 * @param[out] id      [CRUCIBLE_GENOME_ID_BYTES].
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_genome_id(
    const crucible_genome *genome, uint8_t id[CRUCIBLE_GENOME_ID_BYTES]);

/**
 * The genes, decoded.
 *
 * @param[in]     genome  Not NULL.
 * @param[in,out] genes   struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_genome_genes(const crucible_genome *genome, crucible_genes *genes);

/**
 * The features, lent until the genome ends; sorted by name.
 *
 * @param[in] genome  Not NULL.
 * @return [n_features of crucible_genome_genes()]; NULL for NULL.
 * @since 0.1
 */
CRUCIBLE_API const crucible_feature_spec *
crucible_genome_features(const crucible_genome *genome);

/**
 * The model's hyper-parameters, lent until the genome ends.
 *
 * @param[in] genome  Not NULL.
 * @return [n_model_params of crucible_genome_genes()] in the kind's order;
 *         NULL for NULL.
 * @since 0.1
 */
CRUCIBLE_API const double *
crucible_genome_model_params(const crucible_genome *genome);

/**
 * The lineage.
 *
 * @param[in]     genome   Not NULL.
 * @param[in,out] lineage  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a struct_size that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_genome_lineage(
    const crucible_genome *genome, crucible_lineage *lineage);

/**
 * A child's point from its parents' points: the operators of a genetic search
 * over DNA. Fits the vary callback of crucible_variation in crucible/samplers.h.
 *
 * Without a parent: a fresh draw. One parent: mutation, a handful of moves (one,
 * and one more with probability 1/2 each time). A quarter of the moves adds,
 * drops or exchanges a feature; the others change one gene that has a value: a
 * number by a normal step of 0.15 of its own scale, reflected at the ends; a
 * choice is drawn anew by its weights (a move that changes nothing does not
 * count). What becomes active is drawn. Two parents: crossover, each gene from
 * either with probability 1/2, together with what hangs on it: a feature with
 * its parameters, the model's kind with its hyper-parameters, a stop with its
 * sizing.
 *
 * The child is a genome, and none of its parents: children that are not so are
 * drawn again. Where crossover can give nothing else (parents that differ in
 * one gene at most) one parent is mutated instead.
 *
 * Without selection the share of each choice, the spread of each number and the
 * number of features stay as crucible_space_draw() gives them.
 *
 * @param[in]  space      Of crucible_genome_space_create().
 * @param[in]  parents    [n_parents] points of the space; NULL for none.
 * @param[in]  n_parents  0 to CRUCIBLE_GENOME_PARENTS_MAX.
 * @param[in]  seed       Of all that is random here.
 * @param[in]  id         Number of the child, < 2^48: the same seed and id give
 *                        the same child, in any order of calls.
 * @param[out] child      [n] written only on success; may be a parent's array.
 * @param[in]  user_data  Not used.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, too many parents, one that does not
 *                            lie in the space, or an id that is too large.
 * @retval CRUCIBLE_E_DOMAIN  256 children were no genome: widen the space.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_genome_vary(const crucible_space *space, const double *const *parents,
                     uint32_t n_parents, uint64_t seed, uint64_t id,
                     double *child, void *user_data);

/**
 * How far two genomes are apart, from 0 (the same id, and only then) to 1.
 *
 * A weighted mean over genes: features 0.4, model 0.2, and 0.4 in equal parts
 * for symbol, timeframe, side, horizon, the two quantiles, entry, stop, target,
 * sizing, training horizon and refit policy. A choice is 0 or 1; a number that
 * has a range its difference in parts of it (of the logarithms where the scale
 * is logarithmic), one without a range the ratio, sixteen-fold being 1. Features
 * are compared by 2 r / (|A| + |B| + r), r counting 1 for each feature that one
 * alone has and the mean distance of the parameters for one that both have:
 * Jaccard's distance where parameters agree. It is a metric: symmetric, and the
 * triangle inequality holds (to rounding).
 *
 * @param[in]  a         Not NULL.
 * @param[in]  b         Not NULL.
 * @param[out] distance  [0, 1]; written only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @source Gower (1971), Biometrics 27(4), 857-871; the sets by the transform of
 *         Marczewski, Steinhaus (1958), Colloquium Mathematicum 6, 319-327.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_genome_distance(
    const crucible_genome *a, const crucible_genome *b, double *distance);

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_elite_options_init(crucible_elite_options *options,
                                              size_t struct_size);

/**
 * An empty pool of elite DNA.
 *
 * Score. A record of n bars has the weight w = n / (n + shrink_bars); the score
 * is w z + (1 - w) m, with m the mean score of its relatives, or 0 if there are
 * none. Relatives are the members and rejected ones that have the same id, a
 * parent or a parent's parent in common, as far as the pool knows the parents;
 * of an agent the latest entry counts, and not its own for itself. (The
 * rejected ones belong to the mean: without them it would be one of survivors.)
 * That is settled when DNA is offered. From then on a score above 0 halves with
 * each half_life_bars of age; one of 0 or less stays, for age is no merit.
 *
 * Order. Promoted before terminated before provisional, then by score, then the
 * earlier record, then the lower agent. "Better" means before in that order.
 *
 * Threads: one at a time per pool.
 *
 * @param[in]  options  NULL: the defaults.
 * @param[out] pool     NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a wrong option.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_elite_pool_create(
    const crucible_elite_options *options, crucible_elite_pool **pool);

/**
 * Frees a pool.
 *
 * @param[in] pool  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_elite_pool_destroy(crucible_elite_pool *pool);

/**
 * Offers the DNA of a promoted or terminated agent. (Which causes of death are
 * not worth an offer, such as drawdown, the caller knows.)
 *
 * First the pool is refreshed. An entry of the same agent and genome gives way
 * to the new one, whatever becomes of that: it rests on an older part of the
 * same record. A promoted one drives out all provisional members. Then the
 * candidate is turned down as OLD if it is terminated and older than
 * recent_bars; as DUPLICATE if a better member has its id (a worse one is
 * replaced); as SCORE if it is terminated and not above the median score of
 * the members, which is 0 for an empty pool; as NEAR if its distance to a better
 * member is below min_distance; as FULL if it is the worst of too many
 * terminated or of too many members. When taken, worse members that are too
 * near, and the worst of too many, leave. Whoever is turned down or leaves in
 * favour of another agent's is put on record.
 *
 * @param[in,out] pool       Unchanged on failure.
 * @param[in]     candidate  PROMOTED or TERMINATED; z at most 1e100 in
 *                           size.
 * @param[in]     bar        The present, >= candidate->bar and any bar given
 *                           before.
 * @param[out]    outcome    CRUCIBLE_ELITE_TAKEN or _REJECTED_*.
 * @param[out]    reason     [CRUCIBLE_ELITE_REASON_SIZE] why it was turned
 *                           down, naming the member it yields to; empty if it
 *                           was taken. NULL is allowed.
 * @retval CRUCIBLE_OK        Done; see outcome.
 * @retval CRUCIBLE_E_INVALID NULL pointer, a wrong candidate, or a bar before
 *                            the present: the text names it.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_elite_pool_offer(
    crucible_elite_pool *pool, const crucible_elite *candidate, uint64_t bar,
    int32_t *outcome, char *reason);

/**
 * Sets the provisional members, in place of those there were: the best of those
 * given, best first, that are no duplicate of a member, not too near to one, and
 * find a free place; none while a member is promoted. They yield to all others
 * and leave no trace on the record.
 *
 * @param[in,out] pool        Unchanged on failure.
 * @param[in]     candidates  [n] each PROVISIONAL; NULL for none.
 * @param[in]     n           How many.
 * @param[in]     bar         The present, >= any bar given before.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID As crucible_elite_pool_offer(), with the number of
 *                            the candidate.
 * @retval CRUCIBLE_E_VERSION A field that this library does not know is set.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_elite_pool_set_provisional(crucible_elite_pool *pool,
                                    const crucible_elite *candidates, size_t n,
                                    uint64_t bar);

/**
 * Ages the scores and drops terminated members that are no longer recent; they
 * are put on record as OLD.
 *
 * @param[in,out] pool  Not NULL.
 * @param[in]     bar   The present, >= any bar given before.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or a bar before the present.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_elite_pool_refresh(crucible_elite_pool *pool, uint64_t bar);

/**
 * Number of members.
 *
 * @param[in] pool  NULL counts as empty.
 * @return The number.
 * @since 0.1
 */
CRUCIBLE_API size_t crucible_elite_pool_count(const crucible_elite_pool *pool);

/**
 * One member.
 *
 * @param[in]     pool    Not NULL.
 * @param[in]     index   Below crucible_elite_pool_count(); best first.
 * @param[in,out] member  struct_size in, the rest out.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such number, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_elite_pool_get(
    const crucible_elite_pool *pool, size_t index, crucible_elite *member);

/**
 * Number of entries ever put on record as rejected; the last
 * CRUCIBLE_ELITE_REJECTED_KEPT are kept.
 *
 * @param[in] pool  NULL counts as empty.
 * @return The number.
 * @since 0.1
 */
CRUCIBLE_API uint64_t
crucible_elite_pool_rejected(const crucible_elite_pool *pool);

/**
 * One of the rejected.
 *
 * @param[in]     pool     Not NULL.
 * @param[in]     index    0 is the latest; below crucible_elite_pool_rejected()
 *                         and CRUCIBLE_ELITE_REJECTED_KEPT.
 * @param[in,out] elite    struct_size in, the rest out; the score as it was when
 *                         it was turned down or left.
 * @param[out]    outcome  CRUCIBLE_ELITE_REJECTED_*. NULL is allowed.
 * @param[out]    reason   [CRUCIBLE_ELITE_REASON_SIZE] NULL is allowed.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, no such number, or a struct_size
 *                            that is wrong.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_elite_pool_get_rejected(const crucible_elite_pool *pool,
                                 uint64_t index, crucible_elite *elite,
                                 int32_t *outcome, char *reason);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_GENOME_H */
