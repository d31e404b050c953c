/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tree_model.h"

#include <math.h>
#include <string.h>

#include "base/base_alloc.h"
#include "base/base_status.h"
#include "base/numtext.h"
#include "model/ubjson.h"

enum {
  TOGETHER = 8,            /* trees walked side by side: hides the latency */
  AT_ONCE = 4,             /* steps between two looks whether all are done */
  NODES_MAX = 1 << 27,     /* of a model */
  TREE_NODES_MAX = 1 << 16 /* of a tree: a jump has 16 bits */
};

/*
 * A step down: jump nodes on, and one more unless slots[slot] < split. A leaf
 * jumps nowhere and its split is above whatever slot 0 holds, so that walking
 * on changes nothing and trees of unlike depth need no branch.
 */
typedef struct node {
  float split;
  uint16_t slot;
  uint16_t jump;
} node;

typedef struct tree {
  uint32_t root;
  uint32_t depth; /* steps from the root to the lowest leaf */
} tree;

struct crucible__trees {
  node *nodes;   /* of all trees */
  float *leaves; /* [n_nodes] what a leaf adds */
  tree *trees;
  size_t n_nodes, nodes_capacity, n_trees, n_cols;
  float base;
};

/* The columns of a tree as the file has them. */
typedef struct tree_columns {
  crucible__ubj_array left, right, split, feature, nan_left, kind;
} tree_columns;

static crucible_status damaged(const char *what) {
  return crucible__fail(CRUCIBLE_E_MODEL,
                        "the model's bytes are damaged or not known here: %s",
                        what);
}

static int read_tree(crucible__ubj *u, tree_columns *c) {
  static const char *const names[] = {"left_children",    "right_children",
                                      "split_conditions", "split_indices",
                                      "default_left",     "split_type"};
  crucible__ubj_array *columns[] = {&c->left,    &c->right,    &c->split,
                                    &c->feature, &c->nan_left, &c->kind};
  crucible__ubj_text key;
  int has;
  memset(c, 0, sizeof *c);
  if (!crucible__ubj_enter_object(u))
    return 0;
  for (;;) {
    if (!crucible__ubj_next_key(u, &key, &has))
      return 0;
    if (!has)
      break;
    size_t i = 0;
    while (i < 6 && !crucible__ubj_text_is(&key, names[i]))
      ++i;
    if (i < 6 ? !crucible__ubj_read_array(u, columns[i])
              : !crucible__ubj_skip(u))
      return 0;
  }
  for (size_t i = 0; i < 6; ++i)
    if (columns[i]->n == 0 || columns[i]->n != c->left.n ||
        (i != 2 && !crucible__ubj_is_whole(columns[i])))
      return 0;
  return 1;
}

/*
 * Fills the node at place to from node number of the file; a split's children
 * get places at the end, side by side.
 */
static crucible_status put_node(crucible__trees *t, const tree_columns *c,
                                size_t to, int64_t number, int64_t *numbers,
                                size_t *n_numbers) {
  size_t i = (size_t)number;
  int64_t left = crucible__ubj_int64(&c->left, i);
  int64_t right = crucible__ubj_int64(&c->right, i);
  float split = crucible__ubj_float(&c->split, i);
  if (!isfinite(split))
    return damaged("a split or a leaf is not finite");
  if (left < 0 && right < 0) {
    t->nodes[to] = (node){INFINITY, 0, 0};
    t->leaves[to] = split;
    return CRUCIBLE_OK;
  }
  int64_t feature = crucible__ubj_int64(&c->feature, i);
  int64_t n = (int64_t)c->left.n;
  if (left < 0 || right < 0 || left >= n || right >= n)
    return damaged("a split without two children");
  if (feature < 0 || (uint64_t)feature >= t->n_cols)
    return damaged("a split by a column that the model does not have");
  if (crucible__ubj_int64(&c->kind, i) != 0)
    return damaged("a categorical split");
  if (*n_numbers + 2 > c->left.n)
    return damaged("a tree that is none: a node has two parents");
  size_t child = t->n_nodes;
  int is_nan_right = crucible__ubj_int64(&c->nan_left, i) == 0;
  t->nodes[to] = (node){split, (uint16_t)(2 * feature + is_nan_right),
                        (uint16_t)(child - to)};
  t->leaves[to] = 0;
  t->n_nodes += 2;
  numbers[(*n_numbers)++] = left;
  numbers[(*n_numbers)++] = right;
  return CRUCIBLE_OK;
}

/* Breadth first: a tree's upper nodes lie together. numbers: [n] room. */
static crucible_status put_tree(crucible__trees *t, const tree_columns *c,
                                int64_t *numbers, tree *made) {
  size_t n_numbers = 1, root = t->n_nodes++, level_end = 1;
  *made = (tree){(uint32_t)root, 0};
  numbers[0] = 0;
  for (size_t k = 0; k < n_numbers; ++k) {
    if (k == level_end) {
      ++made->depth;
      level_end = n_numbers;
    }
    CRUCIBLE__TRY(put_node(t, c, root + k, numbers[k], numbers, &n_numbers));
  }
  return CRUCIBLE_OK;
}

static crucible_status room_for(crucible__trees *t, size_t more) {
  if (more > NODES_MAX || t->n_nodes + more > NODES_MAX)
    return damaged("too many nodes");
  size_t capacity = t->nodes_capacity;
  void *grown = t->nodes;
  CRUCIBLE__TRY(crucible__grow(&grown, &t->nodes_capacity, t->n_nodes + more,
                               sizeof *t->nodes));
  t->nodes = grown;
  if (t->nodes_capacity == capacity)
    return CRUCIBLE_OK;
  float *leaves =
      crucible__realloc(t->leaves, t->nodes_capacity, sizeof *leaves);
  if (leaves == NULL) {
    t->nodes_capacity = capacity;
    return CRUCIBLE_E_NOMEM;
  }
  t->leaves = leaves;
  return CRUCIBLE_OK;
}

static crucible_status add_tree(crucible__trees *t, crucible__ubj *u) {
  tree_columns c;
  if (!read_tree(u, &c))
    return damaged("a tree");
  if (c.left.n > TREE_NODES_MAX)
    return damaged("a tree of more than 65,536 nodes");
  CRUCIBLE__TRY(room_for(t, c.left.n));
  int64_t *numbers = crucible__alloc(c.left.n, sizeof *numbers);
  if (numbers == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = put_tree(t, &c, numbers, &t->trees[t->n_trees]);
  crucible__free(numbers);
  if (status == CRUCIBLE_OK)
    ++t->n_trees;
  return status;
}

/* The value of a parameter that XGBoost writes as text: "5E-1", "[5E-1]". */
static int read_param(crucible__ubj u, const char *key, double *value) {
  crucible__ubj_text text;
  if (!crucible__ubj_find(&u, "learner") ||
      !crucible__ubj_find(&u, "learner_model_param") ||
      !crucible__ubj_find(&u, key) || !crucible__ubj_read_text(&u, &text))
    return 0;
  const char *end = text.data + text.n;
  if (text.n > 2 && text.data[0] == '[' && end[-1] == ']') {
    ++text.data;
    --end;
  }
  return crucible__read_double(text.data, end, value) == end;
}

static crucible_status load(crucible__trees *t, crucible__ubj u) {
  double base, n_cols;
  if (!read_param(u, "base_score", &base) || !isfinite((float)base))
    return damaged("base_score");
  if (!read_param(u, "num_feature", &n_cols) || !(n_cols >= 1) ||
      n_cols > CRUCIBLE__TREE_COLS_MAX || n_cols != floor(n_cols))
    return damaged("num_feature");
  t->base = (float)base;
  t->n_cols = (size_t)n_cols;

  crucible__ubj_text name;
  crucible__ubj booster = u;
  if (!crucible__ubj_find(&booster, "learner") ||
      !crucible__ubj_find(&booster, "gradient_booster"))
    return damaged("gradient_booster");
  crucible__ubj kind = booster;
  if (!crucible__ubj_find(&kind, "name") ||
      !crucible__ubj_read_text(&kind, &name) ||
      !crucible__ubj_text_is(&name, "gbtree"))
    return damaged("not a booster of trees (gbtree)");
  size_t n;
  if (!crucible__ubj_find(&booster, "model") ||
      !crucible__ubj_find(&booster, "trees") ||
      !crucible__ubj_enter_array(&booster, &n))
    return damaged("trees");
  t->trees = crucible__alloc(n, sizeof *t->trees);
  if (t->trees == NULL)
    return CRUCIBLE_E_NOMEM;
  for (size_t i = 0; i < n; ++i)
    CRUCIBLE__TRY(add_tree(t, &booster));
  return CRUCIBLE_OK;
}

crucible_status crucible__trees_load(const uint8_t *ubjson, size_t n_bytes,
                                     crucible__trees **trees) {
  *trees = NULL;
  crucible__trees *t = crucible__alloc_zero(1, sizeof *t);
  if (t == NULL)
    return CRUCIBLE_E_NOMEM;
  crucible_status status = load(t, (crucible__ubj){ubjson, ubjson + n_bytes});
  if (status != CRUCIBLE_OK) {
    crucible__trees_free(t);
    return status;
  }
  *trees = t;
  return CRUCIBLE_OK;
}

void crucible__trees_free(crucible__trees *trees) {
  if (trees == NULL)
    return;
  crucible__free(trees->nodes);
  crucible__free(trees->leaves);
  crucible__free(trees->trees);
  crucible__free(trees);
}

size_t crucible__trees_count(const crucible__trees *trees) {
  return trees->n_trees;
}

size_t crucible__trees_cols(const crucible__trees *trees) {
  return trees->n_cols;
}

size_t crucible__trees_nodes(const crucible__trees *trees) {
  return trees->n_nodes;
}

static inline const node *step(const node *at, const float *slots) {
  return at + at->jump + !(slots[at->slot] < at->split);
}

/* Walks a group of trees to their leaves. */
static inline void walk(const node *at[TOGETHER], uint32_t depth,
                        const float *slots) {
  for (uint32_t done = 0; done < depth; done += AT_ONCE) {
    const node *before[TOGETHER];
    for (int i = 0; i < TOGETHER; ++i)
      before[i] = at[i];
    for (int d = 0; d < AT_ONCE; ++d)
      for (int i = 0; i < TOGETHER; ++i)
        at[i] = step(at[i], slots);
    ptrdiff_t moved = 0;
    for (int i = 0; i < TOGETHER; ++i)
      moved |= at[i] - before[i];
    if (moved == 0)
      return;
  }
}

float crucible__trees_predict(const crucible__trees *trees,
                              const float *slots) {
  const node *nodes = trees->nodes;
  float sum = trees->base;
  size_t t = 0;
  for (; t + TOGETHER <= trees->n_trees; t += TOGETHER) {
    const tree *group = &trees->trees[t];
    const node *at[TOGETHER];
    uint32_t depth = 0;
    for (int i = 0; i < TOGETHER; ++i) {
      at[i] = nodes + group[i].root;
      depth = group[i].depth > depth ? group[i].depth : depth;
    }
    walk(at, depth, slots);
    for (int i = 0; i < TOGETHER; ++i)
      sum += trees->leaves[at[i] - nodes];
  }
  for (; t < trees->n_trees; ++t) {
    const node *at = nodes + trees->trees[t].root;
    while (at->jump != 0)
      at = step(at, slots);
    sum += trees->leaves[at - nodes];
  }
  return sum;
}
