/* SPDX-License-Identifier: Apache-2.0 */
/* DNA of the journal: who descends from whom, and which genes were handed on.
   It is read as JSON, so that DNA of a newer version can be shown as well. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/json.h"
#include "tournament/journal_report.h"

static crucible_status read_parents(crucible_report *report,
                                    const crucible__json_at *list,
                                    crucible__report_genome *genome) {
  size_t n = crucible__json_size(list);
  for (size_t i = 0; i < n && i < CRUCIBLE_GENOME_PARENTS_MAX; ++i) {
    crucible__json_at parent = crucible__json_item(list, i);
    const char *id;
    CRUCIBLE__TRY(crucible__json_string(&parent, &id));
    CRUCIBLE__TRY(
        crucible__report_copy(report, id, &genome->parents[genome->n_parents]));
    ++genome->n_parents;
  }
  return CRUCIBLE_OK;
}

/* The lineage is the last member of canonical JSON: the rest, which is most of
   it, need not be parsed. Its key cannot stand in a string without escapes. */
static crucible_status read_lineage(crucible_report *report,
                                    crucible__report_genome *genome) {
  static const char key[] = "\"lineage\":";
  const char *text = strstr(genome->json, key);
  crucible__json *json;
  int64_t number = 0;
  if (text == NULL)
    return CRUCIBLE_OK;
  text += sizeof key - 1;
  CRUCIBLE__TRY(crucible__json_parse(text, strlen(text) - 1,
                                     "a genome's lineage", 0, &json));
  crucible__json_at lineage = crucible__json_root(json);
  crucible__json_at parents = crucible__json_get(&lineage, "parents");
  crucible__json_at generation = crucible__json_get(&lineage, "generation");
  crucible_status status = read_parents(report, &parents, genome);
  if (status == CRUCIBLE_OK && crucible__json_is_present(&generation))
    status = crucible__json_int64(&generation, 0, UINT32_MAX, &number);
  genome->generation = (uint32_t)number;
  crucible__json_free(json);
  return status;
}

static crucible_status take_genome(crucible_report *report,
                                   crucible__statement *s, void *item) {
  crucible__report_genome *genome = item;
  CRUCIBLE__TRY(crucible__report_text(report, s, 0, &genome->id));
  CRUCIBLE__TRY(crucible__report_text(report, s, 1, &genome->json));
  crucible_status status = read_lineage(report, genome);
  return status == CRUCIBLE_E_DATA
             ? crucible__fail_at(CRUCIBLE_E_STORE, "the journal is damaged")
             : status;
}

crucible_status crucible__report_read_genomes(crucible_report *report,
                                              crucible_store *store) {
  static const crucible__report_query query = {"id, json", NULL, "genomes",
                                               "id", 0};
  return crucible__report_list(report, store, &query, take_genome,
                               sizeof *report->genomes, &report->genomes,
                               &report->n_genomes);
}

static int by_id(const void *key, const void *item) {
  return strcmp(key, ((const crucible__report_genome *)item)->id);
}

const crucible__report_genome *
crucible__report_genome_of(const crucible_report *report, const char *id) {
  return report->n_genomes == 0
             ? NULL
             : bsearch(id, report->genomes, report->n_genomes,
                       sizeof *report->genomes, by_id);
}

/* ---- genes as a flat list ---- */

typedef struct named_value {
  char *name, *value;
} named_value;

typedef struct genes {
  named_value *items;
  size_t n, capacity;
} genes;

static void free_genes(genes *list) {
  for (size_t i = 0; i < list->n; ++i) {
    crucible__free(list->items[i].name);
    crucible__free(list->items[i].value);
  }
  crucible__free(list->items);
}

static crucible_status write_value(const crucible__json_at *at,
                                   crucible__text *text) {
  const char *string;
  double number;
  if (crucible__json_is_object(at)) {
    for (size_t i = 0; i < crucible__json_size(at); ++i) {
      crucible__json_at member = crucible__json_member(at, i);
      crucible__text_add(text, i == 0 ? "{" : ",");
      crucible__json_add_string(text, member.key);
      crucible__text_add(text, ":");
      CRUCIBLE__TRY(write_value(&member, text));
    }
    crucible__text_add(text, crucible__json_size(at) == 0 ? "{}" : "}");
  } else if (crucible__json_is_number(at)) {
    CRUCIBLE__TRY(crucible__json_double(at, -(double)INFINITY, (double)INFINITY,
                                        &number));
    crucible__json_add_double(text, number);
  } else {
    CRUCIBLE__TRY(crucible__json_string(at, &string));
    crucible__json_add_string(text, string);
  }
  return CRUCIBLE_OK;
}

/* Takes the texts over, also on failure. */
static crucible_status add_gene(genes *list, crucible__text *name,
                                crucible__text *value) {
  crucible_status status =
      name->failed || value->failed
          ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
          : crucible__grow((void **)&list->items, &list->capacity, list->n + 1,
                           sizeof *list->items);
  if (status != CRUCIBLE_OK) {
    crucible__text_free(name);
    crucible__text_free(value);
    return status;
  }
  list->items[list->n++] = (named_value){name->data, value->data};
  return CRUCIBLE_OK;
}

/* Objects are opened, but for a feature, which is one gene with its
   parameters; the model's parameters are named after the model. */
static crucible_status flatten(const crucible__json_at *at, const char *prefix,
                               int depth, genes *list) {
  for (size_t i = 0; i < crucible__json_size(at); ++i) {
    crucible__json_at member = crucible__json_member(at, i);
    if (strcmp(member.key, "version") == 0 && depth == 0)
      continue;
    int is_features = depth == 0 && strcmp(member.key, "features") == 0;
    int is_feature = strcmp(prefix, "feature ") == 0;
    crucible__text name = {0}, value = {0};
    crucible__text_add(&name, prefix);
    if (is_features)
      crucible__text_add(&name, "feature ");
    else if (strcmp(member.key, "params") != 0 || is_feature)
      crucible__text_add(&name, member.key);
    crucible_status status;
    if (name.failed) {
      status = crucible__fail(CRUCIBLE_E_NOMEM, "out of memory");
    } else if (crucible__json_is_object(&member) && !is_feature) {
      if (!is_features && strcmp(member.key, "params") != 0)
        crucible__text_add(&name, " ");
      status = name.failed ? crucible__fail(CRUCIBLE_E_NOMEM, "out of memory")
                           : flatten(&member, name.data, depth + 1, list);
      crucible__text_free(&name);
      CRUCIBLE__TRY(status);
      continue;
    } else {
      status = write_value(&member, &value);
    }
    if (status != CRUCIBLE_OK) {
      crucible__text_free(&name);
      crucible__text_free(&value);
      return status;
    }
    CRUCIBLE__TRY(add_gene(list, &name, &value));
  }
  return CRUCIBLE_OK;
}

static crucible_status read_genes(const crucible__report_genome *genome,
                                  genes *list) {
  crucible__json *json;
  if (genome == NULL)
    return CRUCIBLE_OK;
  crucible_status status = crucible__json_parse(
      genome->json, strlen(genome->json), "a genome of the journal", 0, &json);
  if (status == CRUCIBLE_OK) {
    crucible__json_at root = crucible__json_root(json);
    crucible__json_at at = crucible__json_get(&root, "genes");
    status = flatten(&at, "", 0, list);
  }
  crucible__json_free(json);
  return status;
}

static const char *value_of(const genes *list, const char *name) {
  for (size_t i = 0; i < list->n; ++i)
    if (strcmp(list->items[i].name, name) == 0)
      return list->items[i].value;
  return NULL;
}

/* ---- a child beside its parents ---- */

enum { CHILD = 0, FIRST = 1, SECOND = 2, FAMILY = 3 };

static crucible_status copy_or_null(crucible_report *report, const char *text,
                                    const char **copy) {
  *copy = NULL;
  return text == NULL ? CRUCIBLE_OK : crucible__report_copy(report, text, copy);
}

static crucible_status compare(crucible_report *report, const genes *family,
                               const char *name, crucible_report_gene *gene) {
  const char *own = value_of(&family[CHILD], name);
  gene->struct_size = sizeof *gene;
  CRUCIBLE__TRY(crucible__report_copy(report, name, &gene->name));
  CRUCIBLE__TRY(copy_or_null(report, own, &gene->value));
  for (int i = 0; i < CRUCIBLE_GENOME_PARENTS_MAX; ++i) {
    const char *value = value_of(&family[FIRST + i], name);
    CRUCIBLE__TRY(copy_or_null(report, value, &gene->parents[i]));
    if (value != NULL && (own == NULL || strcmp(own, value) == 0))
      gene->from |= i == 0 ? CRUCIBLE_GENE_FIRST : CRUCIBLE_GENE_SECOND;
  }
  return CRUCIBLE_OK;
}

static crucible_status add_genes(crucible_report *report,
                                 crucible__report_replacement *replacement,
                                 const genes *family) {
  size_t most = family[CHILD].n + family[FIRST].n + family[SECOND].n, n = 0;
  crucible_report_gene *made =
      crucible__report_take(report, most, sizeof *made);
  if (made == NULL)
    return CRUCIBLE_E_NOMEM;
  replacement->genes = made;
  for (int i = CHILD; i <= SECOND; ++i)
    for (size_t k = 0; k < family[i].n; ++k) {
      const char *name = family[i].items[k].name;
      int is_known = (i > CHILD && value_of(&family[CHILD], name) != NULL) ||
                     (i > FIRST && value_of(&family[FIRST], name) != NULL);
      if (!is_known)
        CRUCIBLE__TRY(compare(report, family, name, &made[n++]));
    }
  replacement->head.n_genes = n;
  return CRUCIBLE_OK;
}

static crucible_status inherit(crucible_report *report,
                               crucible__report_replacement *replacement) {
  const crucible__report_genome *child =
      crucible__report_genome_of(report, replacement->head.genome_id);
  genes family[FAMILY] = {{0}};
  crucible_status status = read_genes(child, &family[CHILD]);
  for (uint32_t i = 0; status == CRUCIBLE_OK && i < child->n_parents; ++i)
    status = read_genes(crucible__report_genome_of(report, child->parents[i]),
                        &family[FIRST + i]);
  if (status == CRUCIBLE_OK)
    status = add_genes(report, replacement, family);
  for (int i = 0; i < FAMILY; ++i)
    free_genes(&family[i]);
  return status == CRUCIBLE_E_DATA ? CRUCIBLE_OK : status; /* of another form */
}

/* The latest agent before one that traded a genome. */
static int64_t agent_of(const crucible_report *report, const char *genome_id,
                        uint32_t before) {
  for (uint32_t i = before; i-- > 0;)
    if (strcmp(report->agents[i].head.genome_id, genome_id) == 0)
      return i;
  return -1;
}

crucible_status crucible__report_add_lineage(crucible_report *report) {
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    crucible_report_agent *head = &report->agents[i].head;
    for (uint32_t k = 0; k < CRUCIBLE_GENOME_PARENTS_MAX; ++k)
      head->parent_agents[k] =
          k < head->n_parents ? agent_of(report, head->parents[k], i) : -1;
  }
  for (size_t i = 0; i < report->n_replacements; ++i) {
    crucible__report_replacement *replacement = &report->replacements[i];
    CRUCIBLE__TRY(inherit(report, replacement));
    int64_t agent = replacement->head.agent;
    if (agent >= 0 && agent < report->head.n_agents)
      report->agents[agent].head.birth.n_genes = replacement->head.n_genes;
  }
  return CRUCIBLE_OK;
}
