/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/genome.h
 * @brief DNA: everything about an agent that evolves.
 *
 * One instrument, timeframe, side; model kind with hyper-parameters; features
 * with their parameters; label horizon; thresholds; order style; stops;
 * sizing; how much past it is trained on. Nothing that evolves is anywhere
 * else, and no gene is without effect. Policies that a later release brings
 * (curriculum, refit, drift horizon) become genes then.
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

/** Lineage: kept beside the genes, not part of the id. */
typedef struct crucible_lineage {
  size_t struct_size; /**< set by the caller */
  int32_t origin;     /**< CRUCIBLE_ORIGIN_* */
  uint32_t n_parents; /**< <= CRUCIBLE_GENOME_PARENTS_MAX */
  uint8_t parents[CRUCIBLE_GENOME_PARENTS_MAX]
                 [CRUCIBLE_GENOME_ID_BYTES]; /**< their ids */
  uint64_t study; /**< number of the study, 0 = none */
  uint64_t trial; /**< number of the trial in it */
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
  int32_t reserved;                    /**< 0 */
  double entry_quantile;               /**< in (0, 1) */
  double exit_quantile;                /**< in (0, entry_quantile] */
  crucible_plan plan; /**< order style, stops, sizing; its thetas are NaN
                               until a model is trained */
} crucible_genes;

/** DNA. */
typedef struct crucible_genome crucible_genome;

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

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_GENOME_H */
