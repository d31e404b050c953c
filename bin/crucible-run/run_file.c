/* SPDX-License-Identifier: Apache-2.0 */
#include "run_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

enum { FILE_MAX = 64 << 20 }; /* bytes of a configuration: more is a mistake */

int file_read(const char *path, run_text *content) {
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return run_fail(RUN_USAGE, "%s cannot be read: %s", path, strerror(errno));
  char block[4096];
  size_t n;
  errno = 0;
  while ((n = fread(block, 1, sizeof block, file)) > 0 &&
         content->length < FILE_MAX)
    text_add_bytes(content, block, n);
  int error = ferror(file) ? errno : 0;
  (void)fclose(file);
  if (error != 0)
    return run_fail(RUN_FAILED, "%s cannot be read: %s", path, strerror(error));
  if (content->length >= FILE_MAX)
    return run_fail(RUN_USAGE, "%s is larger than %d MiB: not a configuration",
                    path, FILE_MAX >> 20);
  text_add(content, "");
  return content->failed ? run_fail(RUN_FAILED, "out of memory") : RUN_OK;
}

static int write_all(int fd, const char *bytes, size_t n) {
  while (n > 0) {
    ssize_t written = write(fd, bytes, n);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return -1;
    bytes += written;
    n -= (size_t)written;
  }
  return 0;
}

int file_write(const char *path, const run_text *content) {
  if (content->failed)
    return run_fail(RUN_FAILED, "out of memory");
  const char *bytes = content->data != NULL ? content->data : "";
  if (strcmp(path, "-") == 0) {
    (void)fwrite(bytes, 1, content->length, stdout);
    return RUN_OK;
  }
  run_text name = {0};
  text_addf(&name, "%s.%ld.part", path, (long)getpid());
  if (name.failed) {
    text_free(&name);
    return run_fail(RUN_FAILED, "out of memory");
  }
  int fd = open(name.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  int failed =
      fd < 0 || write_all(fd, bytes, content->length) != 0 || fsync(fd) != 0;
  int error = errno;
  if (fd >= 0 && close(fd) != 0 && !failed) {
    failed = 1;
    error = errno;
  }
  if (!failed && rename(name.data, path) != 0) {
    failed = 1;
    error = errno;
  }
  if (failed && fd >= 0)
    unlink(name.data);
  text_free(&name);
  if (!failed)
    return RUN_OK;
  return run_fail(RUN_FAILED, "%s cannot be written: %s", path,
                  strerror(error));
}

/* Folder and name, for a file that is not there yet. */
static int is_same_name(const char *a, const char *b) {
  const char *paths[] = {a, b}, *names[2];
  struct stat folders[2];
  for (int i = 0; i < 2; ++i) {
    const char *slash = strrchr(paths[i], '/');
    run_text folder = {0};
    names[i] = slash != NULL ? slash + 1 : paths[i];
    text_add_bytes(&folder, slash != NULL ? paths[i] : ".",
                   slash != NULL ? (size_t)(slash - paths[i]) + 1 : 1);
    int is_there = !folder.failed && stat(folder.data, &folders[i]) == 0;
    text_free(&folder);
    if (!is_there)
      return 0;
  }
  return folders[0].st_dev == folders[1].st_dev &&
         folders[0].st_ino == folders[1].st_ino &&
         strcmp(names[0], names[1]) == 0;
}

int file_check_apart(const char *path, const char *option, const char *other) {
  struct stat a, b;
  if (path == NULL || other == NULL || strcmp(path, "-") == 0)
    return RUN_OK;
  int is_same = stat(path, &a) == 0 && stat(other, &b) == 0
                    ? a.st_dev == b.st_dev && a.st_ino == b.st_ino
                    : is_same_name(path, other);
  return is_same ? run_fail(RUN_USAGE,
                            "%s: %s is also what %s names: writing it would "
                            "lose that file; give another name",
                            option, path, other)
                 : RUN_OK;
}

int file_check_writable(const char *path, const char *option) {
  if (strcmp(path, "-") == 0)
    return RUN_OK;
  struct stat about;
  if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
    return run_fail(RUN_USAGE, "%s: %s is a folder: name a file", option, path);
  const char *slash = strrchr(path, '/');
  run_text folder = {0};
  if (slash == NULL)
    text_add(&folder, ".");
  else
    text_add_bytes(&folder, path, slash == path ? 1 : (size_t)(slash - path));
  int code = RUN_OK;
  if (folder.failed)
    code = run_fail(RUN_FAILED, "out of memory");
  else if (access(folder.data, W_OK | X_OK) != 0)
    code = run_fail(RUN_USAGE, "%s: %s cannot be written: folder %s: %s",
                    option, path, folder.data, strerror(errno));
  text_free(&folder);
  return code;
}
