/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/samplers.h
 * @brief Where a study's points come from.
 *
 * A sampler holds options and never changes: any number of studies may use one,
 * on any threads. Own ones: crucible/sys/sampler.h.
 */
#ifndef CRUCIBLE_SAMPLERS_H
#define CRUCIBLE_SAMPLERS_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/space.h>
#include <crucible/status.h>
#include <crucible/study.h>

CRUCIBLE_BEGIN_DECLS

/**
 * A sampler that draws each point by crucible_space_draw() and learns nothing.
 *
 * @param[out] sampler  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_sampler_random(crucible_sampler **sampler);

/**
 * How a genetic sampler makes a point of others. It decides by its arguments
 * alone, so that a search can be repeated.
 *
 * @param[in]  space      Of the study.
 * @param[in]  parents    [n_parents] points [n of the space]; the better one is
 *                        first.
 * @param[in]  n_parents  0: make a new point; 1: mutate; 2: cross, and mutate
 *                        if so wished.
 * @param[in]  seed       Names the random numbers to use together with id.
 * @param[in]  id         Below 2^32; a redraw of the same point has the next.
 * @param[out] child      [n]; must lie in the space.
 * @param[in]  user_data  As given with the function.
 * @return CRUCIBLE_OK, or what crucible_study_ask() is to return.
 */
typedef crucible_status (*crucible_vary_cb)(const crucible_space *space,
                                            const double *const *parents,
                                            uint32_t n_parents, uint64_t seed,
                                            uint64_t id, double *child,
                                            void *user_data);

/** A way to vary points. */
typedef struct crucible_variation {
  size_t struct_size;    /**< sizeof(crucible_variation) */
  crucible_vary_cb vary; /**< called on the thread that asks */
  void *user_data;       /**< for vary */
} crucible_variation;

/** Options of the genetic sampler; start from crucible_genetic_options_init().
 */
typedef struct crucible_genetic_options {
  size_t struct_size;      /**< set by init */
  uint32_t population;     /**< best trials that breed, >= 1; default 16 */
  uint32_t tournament;     /**< each parent is the best of so many drawn ones,
                                1 to 10000; default 3 */
  double fresh;            /**< share of points made anew, [0, 1]; default
                                0.15 */
  double crossover;        /**< share of the others that have two parents,
                                [0, 1]; default 0.5 */
  uint32_t max_duplicates; /**< how often a point that was there before is
                                redrawn, <= 10000; default 16 */
  uint32_t startup;        /**< points are made anew until so many trials are
                                COMPLETE; default 8 */
  /** Copied; NULL (default): the library's own, for points of any space. */
  const crucible_variation *variation;
} crucible_genetic_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_genetic_options_init(crucible_genetic_options *options,
                              size_t struct_size);

/**
 * A sampler that breeds points from the best COMPLETE trials of its study,
 * known ones included: feasible before infeasible, less violation before more,
 * then by value, then by number. Trials with the same point count once.
 * A parent is the best of `tournament` members drawn at random; the two parents
 * of a point differ.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] sampler  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sampler_genetic(
    const crucible_genetic_options *options, crucible_sampler **sampler);

/** How the TPE sampler sets the widths of its kernels and draws. */
enum {
  CRUCIBLE_TPE_SHARP = 1, /**< widths that go on shrinking */
  CRUCIBLE_TPE_OPTUNA = 2 /**< Optuna 5.0's points, trial by trial */
};

/** Which parameters the TPE sampler models together. */
enum {
  CRUCIBLE_TPE_UNIVARIATE = 1,   /**< each alone */
  CRUCIBLE_TPE_MULTIVARIATE = 2, /**< those that every ended trial has; the
                                      others alone */
  CRUCIBLE_TPE_GROUPED = 3 /**< those that appear in the same ended trials */
};

/** Options of the TPE sampler; start from crucible_tpe_options_init(). */
typedef struct crucible_tpe_options {
  size_t struct_size; /**< set by init */
  int32_t mode;       /**< CRUCIBLE_TPE_SHARP (default) or _OPTUNA */
  int32_t joint; /**< CRUCIBLE_TPE_UNIVARIATE ..; 0 (default): GROUPED, in mode
                      OPTUNA MULTIVARIATE */
  uint32_t startup;     /**< random points until so many trials are COMPLETE or
                             PRUNED; default 10 */
  uint32_t candidates;  /**< drawn per point, 1 to 10000; 0 (default): 64, in
                             mode OPTUNA 24 */
  int32_t uses_running; /**< 1 (default): running trials count as poor ones, so
                             that trials side by side keep apart */
  uint32_t reserved;    /**< 0 */
} crucible_tpe_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_tpe_options_init(crucible_tpe_options *options,
                                            size_t struct_size);

/**
 * A sampler that models the best trials and the others by Parzen estimators and
 * takes, of points drawn from the former, the one that is likelier there than
 * among the others: the tree-structured Parzen estimator. PRUNED trials and
 * those that violate a constraint count behind COMPLETE and feasible ones.
 *
 * In mode OPTUNA points are those of optuna.samplers.TPESampler 5.0, to 1e-9,
 * with the study's seed (its lower 32 bits), given the same parameters in the
 * order of the space and the same values; choices' weights have no counterpart
 * there. Mode SHARP differs in how narrow kernels may become, in the share of
 * trials that count as the best and in the number of candidates.
 *
 * docs/modules/study.md has the constants.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] sampler  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Bergstra, Bardenet, Bengio, Kegl (2011), Algorithms for
 *         hyper-parameter optimization, NIPS 24; Watanabe (2023), Tree-structured
 *         Parzen estimator, arXiv 2304.11127; optuna.samplers.TPESampler 5.0.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sampler_tpe(
    const crucible_tpe_options *options, crucible_sampler **sampler);

/** When the CMA-ES sampler begins anew. */
enum {
  CRUCIBLE_CMA_STAY = 1, /**< never */
  CRUCIBLE_CMA_IPOP =
      2, /**< with twice the population, once it has converged */
  CRUCIBLE_CMA_BIPOP = 3 /**< by turns with larger and with small populations */
};

/** What the CMA-ES sampler learns of the covariance. */
enum {
  CRUCIBLE_CMA_FULL = 1,    /**< all of it */
  CRUCIBLE_CMA_DIAGONAL = 2 /**< the variances: for many parameters */
};

/** Options of the CMA-ES sampler; start from crucible_cma_options_init(). */
typedef struct crucible_cma_options {
  size_t struct_size; /**< set by init */
  int32_t restarts;   /**< CRUCIBLE_CMA_STAY .. _BIPOP; default IPOP */
  int32_t covariance; /**< CRUCIBLE_CMA_FULL, _DIAGONAL; 0 (default): FULL up to
                            200 numbers */
  uint32_t population; /**< trials of a generation, 4 to 100000; 0 (default):
                            4 + floor(3 ln n) */
  uint32_t reserved;   /**< 0 */
  double width;        /**< first standard deviation as a share of the range, in
                            (0, 1]; default 1/6 */
  double warm_share;   /**< share of the trials that were there before, whose
                            distribution the search starts from, in [0, 1];
                            0: it starts in the middle; default 0.1 */
  double warm_width;   /**< added to that distribution's standard deviations, in
                            (0, 1]; default 0.1 */
} crucible_cma_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_cma_options_init(crucible_cma_options *options,
                                            size_t struct_size);

/**
 * A sampler that adapts a normal distribution to the better trials: CMA-ES, with
 * negative weights, with a margin for whole steps, and a distribution over the
 * choices of categorical parameters beside it. Trials in any number may run at
 * once: each that ends counts, in the order of ends, also one that was drawn
 * before the last generation ended, or that came from elsewhere; such a one is
 * drawn near as far as needed. PRUNED trials and those that violate a constraint
 * count behind COMPLETE and feasible ones.
 *
 * Parameters are searched between 0 and 1 of their scale. If trials are COMPLETE
 * when the first point is asked, the search starts from the distribution of the
 * best of them. docs/modules/study.md tells more.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] sampler  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or an option out of its range.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source Hansen (2016), The CMA evolution strategy: a tutorial, arXiv
 *         1604.00772; Auger, Hansen (2005), CEC '05 (IPOP); Hansen (2009), GECCO
 *         '09 workshop (BIPOP); Hamano et al. (2022), GECCO '22 (margin);
 *         Hamano et al. (2024), GECCO '24 (choices); Nomura et al. (2021), AAAI
 *         35 (warm start); Hansen (2011), INRIA RR-7748 (points from elsewhere).
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sampler_cma(
    const crucible_cma_options *options, crucible_sampler **sampler);

/** Options of the automatic sampler; start from crucible_auto_options_init(). */
typedef struct crucible_auto_options {
  size_t struct_size; /**< set by init */
  uint32_t hand_over; /**< trials that end before the CMA-ES takes over; 0
                           (default): by the number of parameters */
  uint32_t reserved;  /**< 0 */
} crucible_auto_options;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void crucible_auto_options_init(crucible_auto_options *options,
                                             size_t struct_size);

/**
 * A sampler that chooses for the caller: the TPE sampler in mode SHARP first;
 * where most parameters are numbers that are always active, the CMA-ES sampler
 * takes over, from the best of what there is.
 *
 * @param[in]  options  NULL for the defaults.
 * @param[out] sampler  NULL on failure.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_VERSION @p options sets a field unknown to this library.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_sampler_auto(
    const crucible_auto_options *options, crucible_sampler **sampler);

/**
 * Frees a sampler; no study may use it any more.
 *
 * @param[in] sampler  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_sampler_destroy(crucible_sampler *sampler);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_SAMPLERS_H */
