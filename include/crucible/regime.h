/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file crucible/regime.h
 * @brief Regimes of a market as clusters of points: HDBSCAN.
 *
 * Clusters are where points lie densely, as many as there are and of any shape;
 * the rest is noise, labelled -1. The result is exact and depends on the points
 * alone: edges of equal weight are ordered by their points' numbers (smaller
 * first), clusters are numbered by their smallest members, and any number of
 * threads gives the same bits.
 *
 * lambda is 1 / distance. A distance of 0, between copies of a point, counts as
 * a millionth of the least other one in the spanning tree (lambda 1 if all are
 * 0), so that every number is finite.
 *
 * Threads: a fitted clustering does not change; any number of threads may read
 * it at once.
 */
#ifndef CRUCIBLE_REGIME_H
#define CRUCIBLE_REGIME_H

#include <stddef.h>
#include <stdint.h>

#include <crucible/export.h>
#include <crucible/runtime.h>
#include <crucible/status.h>
#include <crucible/types.h>

CRUCIBLE_BEGIN_DECLS

enum {
  CRUCIBLE_HDBSCAN_DIMS_MAX = 50 /**< most columns */
};

/** How far two points are apart. */
enum {
  CRUCIBLE_METRIC_EUCLIDEAN = 1, /**< root of the sum of squares (default) */
  CRUCIBLE_METRIC_MANHATTAN = 2, /**< sum of the differences */
  CRUCIBLE_METRIC_CHEBYSHEV = 3  /**< largest difference */
};

/** What min_samples counts. */
enum {
  CRUCIBLE_SAMPLES_OTHERS = 1, /**< neighbours beside the point (default; as
                                    the Python package hdbscan) */
  CRUCIBLE_SAMPLES_ALL = 2     /**< the point too (as scikit-learn): one more
                                    means the same */
};

/** Which clusters of the tree are chosen. */
enum {
  CRUCIBLE_HDBSCAN_EOM = 1, /**< those that last longest (default) */
  CRUCIBLE_HDBSCAN_LEAF = 2 /**< those that part no further: many, alike */
};

/** Options of crucible_hdbscan_fit(); see crucible_hdbscan_options_init(). */
typedef struct crucible_hdbscan_options {
  size_t struct_size;           /**< set by init */
  uint64_t min_cluster_size;    /**< fewest points of a cluster, >= 2; def. 5 */
  uint64_t min_samples;         /**< neighbours that make a point dense, less
                                  than n; 0 (default): min_cluster_size */
  uint64_t max_cluster_size;    /**< most points with EOM; 0 (default): any */
  int32_t samples;              /**< CRUCIBLE_SAMPLES_* */
  int32_t metric;               /**< CRUCIBLE_METRIC_* */
  int32_t selection;            /**< CRUCIBLE_HDBSCAN_EOM or _LEAF */
  int32_t allow_single_cluster; /**< 1: EOM may choose the whole; def. 0 */
  double alpha;                 /**< distances, but not those to the
                                     min_samples-th neighbour, are divided by
                                     it, > 0; default 1 */
  double cluster_selection_epsilon;     /**< clusters that part at a smaller
                                         distance are one; default 0 */
  double cluster_selection_epsilon_max; /**< EOM chooses none that form at a
                                             larger one; 0 (default): any */
} crucible_hdbscan_options;

/** What was found; set struct_size before the call. */
typedef struct crucible_hdbscan_result {
  size_t struct_size;   /**< set by the caller */
  uint64_t n;           /**< points */
  uint64_t dims;        /**< columns */
  uint64_t n_clusters;  /**< chosen clusters: labels 0 .. n_clusters - 1 */
  uint64_t n_noise;     /**< points without one */
  uint64_t n_condensed; /**< rows of the condensed tree */
  uint64_t min_samples; /**< neighbours beside the point that were used */
  double mst_weight;    /**< sum of the spanning tree's distances */
} crucible_hdbscan_result;

/** A clustering of given points. */
typedef struct crucible_hdbscan crucible_hdbscan;

/**
 * Fills options with the defaults.
 *
 * @param[out] options      All struct_size bytes are written.
 * @param[in]  struct_size  sizeof *options, as the caller compiled it.
 * @since 0.1
 */
CRUCIBLE_API void
crucible_hdbscan_options_init(crucible_hdbscan_options *options,
                              size_t struct_size);

/**
 * Clusters points.
 *
 * Points that are all equal are one dense spot: one cluster with
 * allow_single_cluster, else noise; their outlier scores are 0.
 *
 * @param[in]  points   [n x dims] finite; columns on one scale, as the distance
 *                      adds them. A copy is kept.
 * @param[in]  options  NULL for the defaults.
 * @param[in]  pool     Threads that share the work, or NULL.
 * @param[in]  cancel   Looked at now and then, or NULL.
 * @param[out] model    NULL on failure.
 * @retval CRUCIBLE_OK            Done.
 * @retval CRUCIBLE_E_INVALID     NULL pointer, no columns, a number that is not
 *                                finite, or a wrong option.
 * @retval CRUCIBLE_E_VERSION     A field that this library does not know
 *                                is set.
 * @retval CRUCIBLE_E_TOO_SHORT   n <= 1, or not more than min_samples counts.
 * @retval CRUCIBLE_E_DOMAIN      A column spans more than 1e150, or the widest
 *                                less than 1e-150, but not 0.
 * @retval CRUCIBLE_E_UNSUPPORTED More than CRUCIBLE_HDBSCAN_DIMS_MAX columns or
 *                                2^30 points.
 * @retval CRUCIBLE_E_CANCELLED   Asked to stop.
 * @retval CRUCIBLE_E_NOMEM       Out of memory.
 * @source Campello, Moulavi, Zimek, Sander (2015), ACM TKDD 10(1), 5;
 *         McInnes, Healy (2017), ICDM workshops, 33-42.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_hdbscan_fit(
    const crucible_matrix *points, const crucible_hdbscan_options *options,
    crucible_pool *pool, const crucible_cancel *cancel,
    crucible_hdbscan **model);

/**
 * Frees a clustering.
 *
 * @param[in] model  NULL is allowed.
 * @since 0.1
 */
CRUCIBLE_API void crucible_hdbscan_destroy(crucible_hdbscan *model);

/**
 * How much was found.
 *
 * @param[in]     model   The clustering.
 * @param[in,out] result  struct_size in, the rest out, only on success.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, or struct_size is not set.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_hdbscan_result_of(
    const crucible_hdbscan *model, crucible_hdbscan_result *result);

/**
 * Cluster of each point.
 *
 * @param[in]  model   The clustering.
 * @param[out] labels  [n] 0 .. n_clusters - 1, by smallest member; -1: noise.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_hdbscan_labels(const crucible_hdbscan *model, int32_t *labels);

/**
 * How firmly each point belongs to its cluster: its lambda over the cluster's
 * largest.
 *
 * @param[in]  model          The clustering.
 * @param[out] probabilities  [n] in [0, 1]; 0: noise.
 * @return As crucible_hdbscan_labels().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_hdbscan_probabilities(
    const crucible_hdbscan *model, double *probabilities);

/**
 * GLOSH: how much sparser a point is than the densest below the cluster that
 * it leaves last.
 *
 * @param[in]  model   The clustering.
 * @param[out] scores  [n] in [0, 1]; larger: more of an outlier.
 * @return As crucible_hdbscan_labels().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_hdbscan_outlier_scores(const crucible_hdbscan *model, double *scores);

/**
 * How long each cluster lasts: its stability over what it would be if all its
 * points lasted to the largest lambda that is not of a distance of 0.
 *
 * @param[in]  model        The clustering.
 * @param[out] persistence  [n_clusters] in [0, 1].
 * @return As crucible_hdbscan_labels().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_hdbscan_persistence(
    const crucible_hdbscan *model, double *persistence);

/**
 * The condensed tree, one row for whatever leaves a cluster: first the points
 * 0 .. n - 1, then the clusters n + 1, n + 2, ..; n is the root. A cluster's
 * number is larger than its parent's.
 *
 * @param[in]  model   The clustering.
 * @param[out] parent  [n_condensed] cluster that is left; may be NULL.
 * @param[out] child   [n_condensed] point or cluster that leaves; may be NULL.
 * @param[out] lambda  [n_condensed] when; may be NULL.
 * @param[out] size    [n_condensed] points of child; may be NULL.
 * @param[out] label   [n_condensed] label of the chosen cluster that child is
 *                     or is in (for points: crucible_hdbscan_labels()), or -1;
 *                     may be NULL.
 * @return As crucible_hdbscan_labels().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_hdbscan_condensed_tree(
    const crucible_hdbscan *model, uint32_t *parent, uint32_t *child,
    double *lambda, uint32_t *size, int32_t *label);

/**
 * The minimum spanning tree of mutual reachability: its edges by distance, then
 * smaller point, then larger point.
 *
 * @param[in]  model     The clustering.
 * @param[out] low       [n - 1] smaller point of each edge; may be NULL.
 * @param[out] high      [n - 1] larger point; may be NULL.
 * @param[out] distance  [n - 1] not falling; may be NULL.
 * @return As crucible_hdbscan_labels().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_hdbscan_spanning_tree(const crucible_hdbscan *model, uint32_t *low,
                               uint32_t *high, double *distance);

/**
 * Places new points in the clusters there are, as if each alone had been added
 * to the tree beside its nearest neighbour by mutual reachability (among the
 * 2 min_samples nearest). The clustering does not change.
 *
 * @param[in]  model          The clustering; without clusters all is noise.
 * @param[in]  points         [n x dims] finite.
 * @param[in]  pool           Threads that share the work, or NULL.
 * @param[out] labels         [n] or NULL.
 * @param[out] probabilities  [n] in [0, 1]; or NULL.
 * @retval CRUCIBLE_OK        Done.
 * @retval CRUCIBLE_E_INVALID NULL pointer, other columns than were fitted, or a
 *                            number that is not finite.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source hdbscan 0.8.43, approximate_predict().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_hdbscan_predict(
    const crucible_hdbscan *model, const crucible_matrix *points,
    crucible_pool *pool, int32_t *labels, double *probabilities);

/**
 * How much each fitted point belongs to each cluster, noise included: by the
 * distance to the clusters' densest points and by where it joins them in the
 * tree.
 *
 * @param[in]  model        The clustering.
 * @param[in]  pool         Threads that share the work, or NULL.
 * @param[out] memberships  [n x n_clusters] row by row; a row's sum is the
 *                          probability of being in any cluster.
 * @retval CRUCIBLE_OK        Done; nothing is written without clusters.
 * @retval CRUCIBLE_E_INVALID NULL pointer.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source hdbscan 0.8.43, all_points_membership_vectors().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status crucible_hdbscan_memberships(
    const crucible_hdbscan *model, crucible_pool *pool, double *memberships);

/**
 * How much each new point would belong to each cluster, noise included; as
 * crucible_hdbscan_predict(), the clustering does not change.
 *
 * @param[in]  model        The clustering.
 * @param[in]  points       [n x dims] finite.
 * @param[in]  pool         Threads that share the work, or NULL.
 * @param[out] memberships  [n x n_clusters] row by row; a row's sum is the
 *                          probability of being in any cluster.
 * @retval CRUCIBLE_OK        Done; nothing is written without clusters.
 * @retval CRUCIBLE_E_INVALID NULL pointer, other columns than were fitted, or a
 *                            number that is not finite.
 * @retval CRUCIBLE_E_NOMEM   Out of memory.
 * @source hdbscan 0.8.43, membership_vector().
 * @since 0.1
 */
CRUCIBLE_API CRUCIBLE_NODISCARD crucible_status
crucible_hdbscan_predict_memberships(const crucible_hdbscan *model,
                                     const crucible_matrix *points,
                                     crucible_pool *pool, double *memberships);

CRUCIBLE_END_DECLS

#endif /* CRUCIBLE_REGIME_H */
