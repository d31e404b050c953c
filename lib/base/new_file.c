/* SPDX-License-Identifier: Apache-2.0 */
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base_alloc.h"
#include "base/base_status.h"

enum { NAMES_TRIED = 100, NAME_SHOWN = 200 };

static crucible_status fail_system(const crucible__new_file *file,
                                   const char *what, int error) {
  char text[128] = "unknown error";
  (void)strerror_r(error, text, sizeof text);
  size_t length = strlen(file->path);
  return crucible__fail(
      CRUCIBLE_E_IO, "%s%s: cannot %s: %s; nothing was written",
      length > NAME_SHOWN ? "..." : "",
      file->path + (length > NAME_SHOWN ? length - NAME_SHOWN : 0), what, text);
}

crucible_status crucible__new_file_open(crucible__new_file *file,
                                        const char *path) {
  struct stat there;
  *file = (crucible__new_file){.path = path, .file = -1};
  if (path == NULL || *path == '\0')
    return crucible__fail(CRUCIBLE_E_INVALID, "path is %s: name a file",
                          path == NULL ? "NULL" : "empty");
  if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
    return fail_system(file, "replace what is no regular file",
                       S_ISDIR(there.st_mode) ? EISDIR : EINVAL);
  size_t size = strlen(path) + 16;
  file->temporary = crucible__alloc(size, 1);
  if (file->temporary == NULL)
    return CRUCIBLE_E_NOMEM;
  for (int i = 0; i < NAMES_TRIED; ++i) {
    (void)snprintf(file->temporary, size, "%s.tmp%d", path, i);
    file->file =
        open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    file->is_there = file->file >= 0;
    if (file->is_there)
      return CRUCIBLE_OK;
    if (errno != EEXIST)
      return fail_system(file, "create a file beside it", errno);
  }
  return fail_system(
      file, "find a free name beside it (remove the *.tmp files)", EEXIST);
}

crucible_status crucible__new_file_write(crucible__new_file *file,
                                         const void *bytes, size_t n) {
  const char *next = bytes;
  while (n > 0) {
    ssize_t done = write(file->file, next, n);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return fail_system(file, "write", errno);
    next += done;
    n -= (size_t)done;
  }
  return CRUCIBLE_OK;
}

crucible_status crucible__new_file_keep(crucible__new_file *file) {
  if (fsync(file->file) != 0)
    return fail_system(file, "bring it to the disk", errno);
  int closed = close(file->file);
  file->file = -1;
  if (closed != 0)
    return fail_system(file, "close it", errno);
  if (rename(file->temporary, file->path) != 0)
    return fail_system(file, "rename the finished file", errno);
  file->is_there = 0;
  return CRUCIBLE_OK;
}

void crucible__new_file_close(crucible__new_file *file) {
  if (file->is_there && file->file >= 0)
    (void)close(file->file);
  if (file->is_there)
    (void)unlink(file->temporary);
  crucible__free(file->temporary);
  *file = (crucible__new_file){.file = -1};
}
