/* SPDX-License-Identifier: Apache-2.0 */
#include <crucible/genome.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/sha256.h"
#include "genome/dna.h"

crucible_status crucible__genome_new(crucible_genome **genome) {
  crucible_genome *g = crucible__alloc_zero(1, sizeof *g);
  if (g == NULL)
    return CRUCIBLE_E_NOMEM;
  g->genes.struct_size = sizeof g->genes;
  crucible_plan_init(&g->genes.plan, sizeof g->genes.plan);
  g->genes.plan.theta_in = g->genes.plan.theta_out = (double)NAN;
  g->genes.train_horizon = CRUCIBLE_HORIZON_EXPANDING;
  g->genes.refit = CRUCIBLE_REFIT_REFIT;
  g->lineage.struct_size = sizeof g->lineage;
  g->lineage.origin = CRUCIBLE_ORIGIN_DRAWN;
  *genome = g;
  return CRUCIBLE_OK;
}

void crucible_genome_destroy(crucible_genome *genome) {
  if (genome == NULL)
    return;
  crucible__free(genome->features);
  crucible__free(genome->model_params);
  crucible__free(genome->model_places);
  crucible__free(genome->json);
  crucible__free(genome->json_whole);
  crucible__free(genome);
}

crucible_status
crucible__genome_add_feature(crucible_genome *genome,
                             const crucible_feature_spec *spec) {
  uint32_t n = genome->genes.n_features;
  crucible_feature_spec *features =
      crucible__realloc(genome->features, (size_t)n + 1, sizeof *features);
  if (features == NULL)
    return CRUCIBLE_E_NOMEM;
  genome->features = features;
  features[n] = *spec;
  genome->genes.n_features = n + 1;
  return CRUCIBLE_OK;
}

static int by_name(const void *a, const void *b) {
  const crucible_feature_spec *x = a, *y = b;
  return strcmp(x->name, y->name);
}

static crucible_status write_texts(crucible_genome *genome) {
  crucible__text genes = {0}, whole = {0};
  crucible_status status = crucible__dna_write(genome, &genes);
  if (status == CRUCIBLE_OK && !genes.failed) {
    crucible__text_add(&whole, "{\"genes\":");
    crucible__text_add_n(&whole, genes.data, genes.length);
    crucible__text_add(&whole, ",\"lineage\":");
    crucible__lineage_write(&genome->lineage, &whole);
    crucible__text_add(&whole, "}");
  }
  if (status == CRUCIBLE_OK && (genes.failed || whole.failed))
    status = CRUCIBLE_E_NOMEM;
  if (status != CRUCIBLE_OK) {
    crucible__text_free(&genes);
    crucible__text_free(&whole);
    return status;
  }
  crucible__sha256 hash;
  uint8_t digest[32];
  crucible__sha256_init(&hash);
  crucible__sha256_add(&hash, genes.data, genes.length);
  crucible__sha256_end(&hash, digest);
  memcpy(genome->id, digest, sizeof genome->id);
  genome->json = genes.data;
  genome->json_whole = whole.data;
  return CRUCIBLE_OK;
}

crucible_status crucible__genome_finish(crucible_genome *genome,
                                        crucible_status wrong) {
  if (genome->genes.n_features > 1)
    qsort(genome->features, genome->genes.n_features, sizeof *genome->features,
          by_name);
  genome->genes.plan.horizon_bars = genome->genes.horizon_bars;
  CRUCIBLE__TRY(crucible__dna_check(genome, wrong));
  return write_texts(genome);
}

const char *crucible_genome_json(const crucible_genome *genome,
                                 int32_t with_lineage) {
  if (genome == NULL)
    return NULL;
  return with_lineage ? genome->json_whole : genome->json;
}

static crucible_status missing(const crucible_genome *genome,
                               const char *other) {
  return crucible__fail(CRUCIBLE_E_INVALID, "%s is NULL",
                        genome == NULL ? "genome" : other);
}

crucible_status crucible_genome_id(const crucible_genome *genome,
                                   uint8_t id[CRUCIBLE_GENOME_ID_BYTES]) {
  if (genome == NULL || id == NULL)
    return missing(genome, "id");
  memcpy(id, genome->id, CRUCIBLE_GENOME_ID_BYTES);
  return CRUCIBLE_OK;
}

crucible_status crucible_genome_genes(const crucible_genome *genome,
                                      crucible_genes *genes) {
  if (genome == NULL || genes == NULL)
    return missing(genome, "genes");
  return crucible__result_write(genes, &genome->genes, sizeof genome->genes,
                                "crucible_genes");
}

const crucible_feature_spec *
crucible_genome_features(const crucible_genome *genome) {
  return genome == NULL ? NULL : genome->features;
}

const double *crucible_genome_model_params(const crucible_genome *genome) {
  return genome == NULL ? NULL : genome->model_params;
}

crucible_status crucible_genome_lineage(const crucible_genome *genome,
                                        crucible_lineage *lineage) {
  if (genome == NULL || lineage == NULL)
    return missing(genome, "lineage");
  return crucible__result_write(lineage, &genome->lineage,
                                sizeof genome->lineage, "crucible_lineage");
}
