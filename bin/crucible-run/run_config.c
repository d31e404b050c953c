/* SPDX-License-Identifier: Apache-2.0 */
#include "run_config.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "run.h"
#include "run_file.h"

void config_free(run_config *config) {
  cJSON_Delete(config->tree);
  free(config->json);
  *config = (run_config){0};
}

static int resolve(const char *text, const char *name, const arg_list *settings,
                   run_config *config) {
  size_t length = 0;
  crucible_status status = crucible_config_resolve(
      text, name, settings->items, settings->n, NULL, 0, &length);
  if (status == CRUCIBLE_OK) {
    config->json = malloc(length + 1);
    if (config->json == NULL)
      return run_fail(RUN_FAILED, "out of memory");
    status = crucible_config_resolve(text, name, settings->items, settings->n,
                                     config->json, length + 1, &length);
  }
  if (status != CRUCIBLE_OK)
    return run_fail_as(status == CRUCIBLE_E_NOMEM ? RUN_FAILED : RUN_USAGE,
                       NULL);
  config->tree = cJSON_Parse(config->json);
  if (config->tree == NULL)
    return run_fail(RUN_FAILED, "out of memory");
  return RUN_OK;
}

int config_load(const char *path, const arg_list *settings,
                run_config *config) {
  *config = (run_config){0};
  run_text content = {0};
  int code = RUN_OK;
  if (path != NULL)
    code = file_read(path, &content);
  if (code == RUN_OK && path != NULL && strlen(content.data) < content.length)
    code = run_fail(RUN_USAGE, "%s holds a zero byte: not a JSON text", path);
  if (code == RUN_OK)
    code = resolve(content.data, path != NULL ? path : "defaults", settings,
                   config);
  text_free(&content);
  return code;
}

int config_set(run_config *config, const char *setting) {
  arg_list settings = {&setting, 1};
  run_config changed = {0};
  int code = resolve(config->json, "configuration", &settings, &changed);
  if (code != RUN_OK) {
    config_free(&changed);
    return code;
  }
  config_free(config);
  *config = changed;
  return RUN_OK;
}

static const cJSON *at(const run_config *config, const char *path) {
  const cJSON *node = config->tree;
  while (node != NULL && *path != 0) {
    char key[64];
    size_t length = strcspn(path, ".");
    if (length >= sizeof key)
      return NULL;
    memcpy(key, path, length);
    key[length] = 0;
    node = cJSON_GetObjectItemCaseSensitive(node, key);
    path += length + (path[length] == '.');
  }
  return node;
}

int config_number(const run_config *config, const char *path, double *value) {
  const cJSON *node = at(config, path);
  if (!cJSON_IsNumber(node))
    return run_fail(RUN_FAILED,
                    "the library's configuration has no number %s: library and "
                    "program are of different versions",
                    path);
  *value = node->valuedouble;
  return RUN_OK;
}

int config_text(const run_config *config, const char *path,
                const char **value) {
  const cJSON *node = at(config, path);
  if (!cJSON_IsString(node))
    return run_fail(RUN_FAILED,
                    "the library's configuration has no text %s: library and "
                    "program are of different versions",
                    path);
  *value = node->valuestring;
  return RUN_OK;
}

size_t config_size(const run_config *config, const char *path) {
  return (size_t)cJSON_GetArraySize(at(config, path));
}

const char *config_item(const run_config *config, const char *path,
                        size_t index) {
  const cJSON *item = cJSON_GetArrayItem(at(config, path), (int)index);
  return cJSON_IsString(item) ? item->valuestring : NULL;
}
