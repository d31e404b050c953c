/* SPDX-License-Identifier: Apache-2.0 */
/* The family tree of the DNA that traded: a row for each generation, from left
   to right in order of birth. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_axes.h"
#include "report_parts.h"
#include "report_words.h"
#include "run.h"

enum {
  WIDTH = 1120,
  LEFT = 96,
  RIGHT = 20,
  TOP = 34,
  VISITS_MAX = 64, /* DNA between two that traded: a tree, not a thicket */
  EDGES_MAX = 8
};

/* DNA that was tried, with its parents. */
typedef struct kin {
  const char *id;
  const char *parents[CRUCIBLE_GENOME_PARENTS_MAX];
} kin;

/* DNA that traded. */
typedef struct node {
  const char *id;
  const agent_view *first, *last; /* agents that traded it */
  size_t batch;                   /* births at once, in their order */
  uint32_t row, n_agents;
  int is_elite;
  double x, y;
} node;

typedef struct tree {
  kin *kin;            /* by id */
  node *nodes;         /* by id */
  node **rows;         /* the same by row and batch */
  const char **elites; /* ids, in order */
  size_t n_kin, n_nodes, n_elites, n_batches;
  uint32_t n_rows;
  double radius, row_height;
} tree;

static int by_id(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- what there is ---- */

static void read_kin(const run_report *report, tree *made) {
  crucible_report_trial trial;
  for (trial_place at = {0}; next_trial(report, &at, &trial);)
    if (trial.genome_id != NULL)
      made->kin[made->n_kin++] =
          (kin){trial.genome_id, {trial.parents[0], trial.parents[1]}};
  for (size_t i = 0; i < report->head.n_studies; ++i) {
    crucible_report_study study = {.struct_size = sizeof study};
    if (crucible_report_get_study(report->report, i, &study) != CRUCIBLE_OK)
      return;
    for (size_t k = 0; k < study.n_seeds; ++k) {
      crucible_report_elite elite = {.struct_size = sizeof elite};
      if (crucible_report_get_elite(report->report, CRUCIBLE_REPORT_SEEDS, i, k,
                                    &elite) == CRUCIBLE_OK)
        made->elites[made->n_elites++] = elite.genome_id;
    }
  }
  qsort(made->kin, made->n_kin, sizeof *made->kin, by_id);
  qsort((void *)made->elites, made->n_elites, sizeof *made->elites, by_id);
}

static node *find_node(const tree *made, const char *id) {
  return bsearch(&id, made->nodes, made->n_nodes, sizeof *made->nodes, by_id);
}

static int by_place(const void *a, const void *b) {
  const node *left = *(node *const *)a, *right = *(node *const *)b;
  if (left->row != right->row)
    return left->row < right->row ? -1 : 1;
  if (left->batch != right->batch)
    return left->batch < right->batch ? -1 : 1;
  return left->first->agent.agent < right->first->agent.agent ? -1 : 1;
}

/* Agents in order of birth; DNA that is born again stays where it was. */
static void read_nodes(const run_report *report, tree *made) {
  uint64_t study = 0;
  for (uint32_t i = 0; i < report->head.n_agents; ++i) {
    const agent_view *view = report->by_number[i];
    const crucible_report_agent *agent = &view->agent;
    node *known = NULL;
    for (size_t k = 0; k < made->n_nodes && known == NULL; ++k)
      if (strcmp(made->nodes[k].id, agent->genome_id) == 0)
        known = &made->nodes[k];
    if (known != NULL) {
      known->last = view;
      ++known->n_agents;
      continue;
    }
    made->n_batches += i == 0 || agent->study != study;
    study = agent->study;
    if (agent->generation >= made->n_rows)
      made->n_rows = agent->generation + 1;
    const char *id = agent->genome_id;
    made->nodes[made->n_nodes++] =
        (node){.id = id,
               .first = view,
               .last = view,
               .batch = made->n_batches - 1,
               .row = agent->generation,
               .n_agents = 1,
               .is_elite = made->n_elites > 0 &&
                           bsearch(&id, made->elites, made->n_elites,
                                   sizeof *made->elites, by_id) != NULL};
  }
  qsort(made->nodes, made->n_nodes, sizeof *made->nodes, by_id);
  for (size_t i = 0; i < made->n_nodes; ++i)
    made->rows[i] = &made->nodes[i];
  qsort((void *)made->rows, made->n_nodes, sizeof *made->rows, by_place);
}

/* ---- where it goes ---- */

/* Width of each batch: the most that share a row. */
static void measure(const tree *made, double *begin) {
  size_t n_side_by_side = 0;
  for (size_t i = 0; i < made->n_nodes; ++i) {
    const node *at = made->rows[i];
    int is_next = i > 0 && made->rows[i - 1]->row == at->row &&
                  made->rows[i - 1]->batch == at->batch;
    n_side_by_side = is_next ? n_side_by_side + 1 : 1;
    if ((double)n_side_by_side > begin[at->batch + 1])
      begin[at->batch + 1] = (double)n_side_by_side;
  }
  for (size_t i = 0; i < made->n_batches; ++i)
    begin[i + 1] += begin[i];
}

/* Side by side around the middle of the batch; what does not fit moves on to
   the right, and back from the end. */
static void place(tree *made, const double *begin) {
  double room = WIDTH - LEFT - RIGHT - 2 * made->radius;
  double scale = room / begin[made->n_batches];
  double gap = 2 * made->radius + 5;
  for (size_t i = 0, end; i < made->n_nodes; i = end) {
    for (end = i;
         end < made->n_nodes && made->rows[end]->row == made->rows[i]->row;)
      ++end;
    /* many would be pushed away from their time: let them overlap instead */
    double most = 0.4 * room;
    double step =
        (double)(end - i) * gap > most ? most / (double)(end - i) : gap;
    for (size_t k = i, last; k < end; k = last) {
      size_t batch = made->rows[k]->batch;
      for (last = k; last < end && made->rows[last]->batch == batch;)
        ++last;
      /* rows are a little apart, so that no line hides another */
      double shift = ((double)(made->rows[k]->row % 3) - 1) *
                     fmin(0.12 * scale, 2.2 * made->radius);
      double middle = 0.5 * (begin[batch] + begin[batch + 1]) * scale + shift;
      for (size_t j = k; j < last; ++j)
        made->rows[j]->x =
            middle + ((double)j - 0.5 * (double)(k + last - 1)) * step;
    }
    for (size_t k = i; k < end; ++k)
      if (k == i ? made->rows[k]->x < 0
                 : made->rows[k]->x < made->rows[k - 1]->x + step)
        made->rows[k]->x = k == i ? 0 : made->rows[k - 1]->x + step;
    for (size_t k = end; k-- > i;) {
      double limit = k + 1 == end ? room : made->rows[k + 1]->x - step;
      if (made->rows[k]->x > limit)
        made->rows[k]->x = limit;
    }
  }
  for (size_t i = 0; i < made->n_nodes; ++i) {
    node *at = made->rows[i];
    at->x += LEFT + made->radius;
    at->y = TOP + (at->row + 0.5) * made->row_height;
  }
}

/* ---- edges ---- */

typedef struct edges {
  const node *from[EDGES_MAX];
  int is_direct[EDGES_MAX];
  size_t n, n_visits;
} edges;

/* The nearest ancestors that traded, past those that did not. */
static void find_edges(const tree *made, const char *id, int depth,
                       edges *found) {
  const kin *own =
      bsearch(&id, made->kin, made->n_kin, sizeof *made->kin, by_id);
  if (own == NULL || ++found->n_visits > VISITS_MAX)
    return;
  for (int i = 0; i < CRUCIBLE_GENOME_PARENTS_MAX; ++i) {
    if (own->parents[i] == NULL)
      continue;
    const node *parent = find_node(made, own->parents[i]);
    int is_known = parent == NULL;
    for (size_t k = 0; k < found->n && !is_known; ++k)
      is_known = found->from[k] == parent;
    if (parent == NULL)
      find_edges(made, own->parents[i], depth + 1, found);
    else if (!is_known && found->n < EDGES_MAX) {
      found->is_direct[found->n] = depth == 0;
      found->from[found->n++] = parent;
    }
  }
}

static void add_edges(run_text *page, const tree *made, const node *child) {
  edges found = {.n = 0};
  find_edges(made, child->id, 0, &found);
  for (size_t i = 0; i < found.n; ++i) {
    const node *parent = found.from[i];
    double y1 = parent->y + made->radius, y2 = child->y - made->radius;
    double middle = 0.5 * (y1 + y2);
    if (parent->row >= child->row) /* found again later: nothing to draw */
      continue;
    text_addf(page, "<path%s d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>",
              found.is_direct[i] ? "" : " class=\"far\"", parent->x, y1,
              parent->x, middle, child->x, middle, child->x, y2);
  }
}

/* ---- drawing ---- */

static void add_node(run_text *page, const tree *made, const node *at) {
  const crucible_report_agent *agent = &at->last->agent;
  html_begin_link(page, at->last);
  text_addf(page,
            "<g class=\"kin %s\"><title>agent %u, "
            "generation %u, study %llu",
            fate_name(at->last->fate), agent->agent, at->row,
            (unsigned long long)agent->study);
  if (at->n_agents > 1)
    text_addf(page, ", traded %u times, first by agent %u", at->n_agents,
              at->first->agent.agent);
  text_addf(page, ": %s, %s%s%s",
            figure_signed_percent(
                agent->ledger.equity / agent->ledger.initial_cash - 1)
                .text,
            fate_name(at->last->fate), end_words(at->last)[0] != 0 ? ", " : "",
            end_words(at->last));
  text_add(page, at->is_elite ? "; elite</title>" : "</title>");
  add_edges(page, made, at);
  if (at->is_elite)
    text_addf(page,
              "<circle class=\"elite\" cx=\"%.1f\" cy=\"%.1f\" "
              "r=\"%.1f\"/>",
              at->x, at->y, made->radius + 3);
  text_addf(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>", at->x, at->y,
            made->radius);
  double size = made->radius * (agent->agent < 100    ? 0.98
                                : agent->agent < 1000 ? 0.85
                                                      : 0.68);
  if (made->radius >= 7)
    text_addf(page,
              "<text x=\"%.1f\" y=\"%.1f\" style=\"font-size:%.1fpx\">%u"
              "</text>",
              at->x, at->y + size * 0.36, size, agent->agent);
  text_add(page, "</g></a>\n");
}

/* Generations on the left, moments of birth where there is room. */
static void add_frame(run_text *page, const tree *made, const double *begin) {
  for (uint32_t i = 0; i < made->n_rows; ++i) {
    double y = TOP + (i + 0.5) * made->row_height;
    text_addf(page,
              "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
              "y2=\"%.1f\"/>",
              LEFT - 10, WIDTH, y, y);
    if (made->row_height >= 16 || i % 2 == 0)
      text_addf(page, "<text x=\"0\" y=\"%.1f\">generation %u</text>\n", y + 4,
                i);
  }
  double room = WIDTH - LEFT - RIGHT - 2 * made->radius, free_from = LEFT;
  for (size_t batch = 0; batch < made->n_batches; ++batch)
    for (size_t i = 0; i < made->n_nodes; ++i) {
      const node *at = made->rows[i];
      double x = LEFT + made->radius +
                 0.5 * (begin[batch] + begin[batch + 1]) * room /
                     begin[made->n_batches];
      if (at->batch != batch || x < free_from + 26)
        continue;
      figure day = figure_time(at->first->agent.from_ms);
      text_addf(
          page,
          "<text x=\"%.1f\" y=\"14\" text-anchor=\"middle\">%.11s</text>\n", x,
          day.text);
      free_from = x + 52;
      break;
    }
}

static void draw(run_text *page, tree *made, double *begin) {
  made->radius = made->n_nodes <= 60 ? 11 : made->n_nodes <= 200 ? 9.5 : 5.5;
  made->row_height = 620.0 / made->n_rows;
  if (made->row_height > 62)
    made->row_height = 62;
  if (made->row_height < 2 * made->radius + 9)
    made->row_height = 2 * made->radius + 9;
  measure(made, begin);
  place(made, begin);
  text_add(page, "<h2>Family tree</h2>\n<p class=\"note\">DNA that traded, "
                 "under the number of its agent. A line leads from a parent to "
                 "its child, a dotted one past ancestors that were only tried. "
                 "A second ring: elite DNA, which later searches began with."
                 "</p>\n");
  svg_begin(page, WIDTH, (int)(TOP + made->n_rows * made->row_height) + 6, 720,
            "Family tree of the DNA that traded, by generation and time");
  add_frame(page, made, begin);
  for (size_t i = made->n_nodes; i-- > 0;) /* parents on top of the lines */
    add_node(page, made, made->rows[i]);
  svg_end(page);
  html_fates(page);
}

void html_tree(run_text *page, const run_report *report) {
  size_t n_seeds = 0, n_trials = 0, n = report->head.n_agents;
  for (size_t i = 0; i < report->head.n_studies; ++i) {
    crucible_report_study study = {.struct_size = sizeof study};
    if (crucible_report_get_study(report->report, i, &study) == CRUCIBLE_OK) {
      n_seeds += study.n_seeds;
      n_trials += study.n_trials;
    }
  }
  tree made = {.kin = calloc(n_trials + 1, sizeof *made.kin),
               .nodes = calloc(n + 1, sizeof *made.nodes),
               .rows = calloc(n + 1, sizeof *made.rows),
               .elites = calloc(n_seeds + 1, sizeof *made.elites)};
  double *begin = calloc(n + 2, sizeof *begin);
  if (made.kin == NULL || made.nodes == NULL || made.rows == NULL ||
      made.elites == NULL || begin == NULL) {
    page->failed = 1;
  } else {
    read_kin(report, &made);
    read_nodes(report, &made);
    draw(page, &made, begin);
  }
  free(made.kin);
  free(made.nodes);
  free((void *)made.rows);
  free((void *)made.elites);
  free(begin);
}
