/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds files to a fuzz target without a fuzzer: no clang is needed. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    perror(path);
    if (file != NULL)
      (void)fclose(file);
    return 1;
  }
  long size = ftell(file);
  rewind(file);
  /* exactly as long as the input, so that a sanitizer sees the first byte
   * read behind it */
  size_t n = size > 0 ? (size_t)size : 0;
  uint8_t *data = malloc(n > 0 ? n : 1);
  int failed = data == NULL || fread(data, 1, n, file) != n;
  if (failed)
    perror(path);
  else
    (void)LLVMFuzzerTestOneInput(data, n);
  free(data);
  (void)fclose(file);
  return failed;
}

int main(int argc, char **argv) {
  int failed = 0;
  for (int i = 1; i < argc; ++i)
    failed |= replay(argv[i]);
  (void)printf("%d inputs\n", argc - 1);
  return failed;
}
