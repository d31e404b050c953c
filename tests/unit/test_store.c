/* SPDX-License-Identifier: Apache-2.0 */
/* The store: what is there is never overwritten, what is not committed is
   gone, and a digest changes with any field. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <math.h>

#include "store/store_sql.h"
#include "support/failing_alloc.h"

static const crucible__migration first_version[] = {
    {"CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, weight REAL, "
     "bytes BLOB);"
     "CREATE TABLE about_things (note TEXT)"}};

static const char file[] = "store_test.db";

static void remove_store(void) {
  (void)unlink(file);
  (void)unlink("store_test.db-wal");
  (void)unlink("store_test.db-shm");
}

static crucible_store *open_new(void) {
  crucible_store *store;
  remove_store();
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_CREATE, &store),
                   CRUCIBLE_OK);
  assert_int_equal(crucible__store_migrate(store, "things", first_version, 1),
                   CRUCIBLE_OK);
  return store;
}

static void add_thing(crucible_store *store, int64_t id, const char *name,
                      double weight) {
  crucible__statement *add;
  assert_int_equal(
      crucible__statement_prepare(
          store, "INSERT INTO things VALUES (?1, ?2, ?3, ?4)", &add),
      CRUCIBLE_OK);
  crucible__bind_int(add, id);
  crucible__bind_text(add, name);
  crucible__bind_double(add, weight);
  crucible__bind_blob(add, "\0\1\2", 3);
  assert_int_equal(crucible__statement_run(add), CRUCIBLE_OK);
  crucible__statement_destroy(add);
}

static void digest_of(crucible_store *store, uint8_t digest[32]) {
  assert_int_equal(crucible_store_digest(store, digest), CRUCIBLE_OK);
}

static void values_come_back_as_they_were_bound(void **state) {
  (void)state;
  crucible_store *store = open_new();
  add_thing(store, 7, "seven", 0.1);
  add_thing(store, 8, "eight", (double)NAN);
  crucible__statement *rows;
  int has_row;
  size_t n;
  assert_int_equal(crucible__statement_prepare(
                       store,
                       "SELECT id, name, weight, bytes FROM things ORDER BY id",
                       &rows),
                   CRUCIBLE_OK);
  assert_int_equal(crucible__statement_next(rows, &has_row), CRUCIBLE_OK);
  assert_true(has_row);
  assert_int_equal(crucible__column_int(rows, 0), 7);
  assert_string_equal(crucible__column_text(rows, 1), "seven");
  assert_true(crucible__column_double(rows, 2) == 0.1);
  assert_memory_equal(crucible__column_blob(rows, 3, &n), "\0\1\2", 3);
  assert_int_equal(n, 3);
  assert_int_equal(crucible__statement_next(rows, &has_row), CRUCIBLE_OK);
  assert_true(isnan(crucible__column_double(rows, 2)));
  assert_int_equal(crucible__statement_next(rows, &has_row), CRUCIBLE_OK);
  assert_false(has_row);
  crucible__statement_destroy(rows);
  crucible_store_close(store);
  remove_store();
}

static void a_file_that_is_there_is_never_overwritten(void **state) {
  (void)state;
  crucible_store *store = NULL;
  remove_store();
  FILE *mine = fopen(file, "w");
  assert_non_null(mine);
  (void)fputs("not yours", mine);
  (void)fclose(mine);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_CREATE, &store),
                   CRUCIBLE_E_STATE);
  assert_null(store);
  assert_non_null(strstr(crucible_last_error(), file));
  char text[16] = "";
  mine = fopen(file, "r");
  assert_non_null(fgets(text, sizeof text, mine));
  (void)fclose(mine);
  assert_string_equal(text, "not yours");
  /* and it is no database either */
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_READ, &store),
                   CRUCIBLE_E_STORE);
  remove_store();
}

static void what_is_not_committed_is_gone(void **state) {
  (void)state;
  crucible_store *store = open_new();
  uint8_t before[32], after[32];
  add_thing(store, 1, "kept", 1);
  digest_of(store, before);
  assert_int_equal(crucible__store_begin(store), CRUCIBLE_OK);
  add_thing(store, 2, "lost", 2);
  crucible_store_close(store);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_READ, &store),
                   CRUCIBLE_OK);
  digest_of(store, after);
  assert_memory_equal(before, after, 32);
  crucible_store_close(store);
  remove_store();
}

static void
a_digest_changes_with_any_field_but_those_about_the_run(void **state) {
  (void)state;
  static const char *const edits[] = {
      "UPDATE things SET name = 'Seven'",
      "UPDATE things SET weight = 0.2",
      "UPDATE things SET bytes = x'000103'",
      "UPDATE things SET id = 9",
      "INSERT INTO things VALUES (10, '', 0, '')",
      "DELETE FROM things",
      "UPDATE things SET weight = NULL",
      "UPDATE things SET name = 7"};
  crucible_store *store = open_new();
  uint8_t before[32], after[32];
  add_thing(store, 7, "seven", 0.1);
  digest_of(store, before);
  assert_int_equal(
      crucible__store_exec(store, "INSERT INTO about_things VALUES ('x')"),
      CRUCIBLE_OK);
  digest_of(store, after);
  assert_memory_equal(before, after, 32);
  for (size_t i = 0; i < sizeof edits / sizeof *edits; ++i) {
    assert_int_equal(crucible__store_begin(store), CRUCIBLE_OK);
    assert_int_equal(crucible__store_exec(store, edits[i]), CRUCIBLE_OK);
    digest_of(store, after);
    assert_memory_not_equal(before, after, 32);
    crucible__store_rollback(store);
  }
  digest_of(store, after);
  assert_memory_equal(before, after, 32);
  crucible_store_close(store);
  remove_store();
}

static void a_newer_schema_is_refused(void **state) {
  (void)state;
  crucible_store *store = open_new();
  assert_int_equal(
      crucible__store_exec(store, "UPDATE schema_versions SET version = 2"),
      CRUCIBLE_OK);
  assert_int_equal(crucible__store_migrate(store, "things", first_version, 1),
                   CRUCIBLE_E_VERSION);
  assert_non_null(strstr(crucible_last_error(), "newer"));
  crucible_store_close(store);
  remove_store();
}

static void a_database_of_a_newer_release_is_not_opened(void **state) {
  (void)state;
  crucible_store *store = open_new();
  assert_int_equal(
      crucible__store_exec(
          store, "INSERT INTO schema_versions VALUES ('tournament', 99)"),
      CRUCIBLE_OK);
  crucible_store_close(store);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_READ, &store),
                   CRUCIBLE_E_VERSION);
  assert_null(store);
  assert_non_null(strstr(crucible_last_error(), "newer"));
  remove_store();
}

static void a_failed_migration_leaves_nothing(void **state) {
  (void)state;
  static const crucible__migration broken[] = {
      {"CREATE TABLE half (id INTEGER); CREATE TABLE half (id INTEGER)"}};
  crucible_store *store = open_new();
  uint8_t before[32], after[32];
  digest_of(store, before);
  assert_int_equal(crucible__store_migrate(store, "half", broken, 1),
                   CRUCIBLE_E_STORE);
  digest_of(store, after);
  assert_memory_equal(before, after, 32);
  crucible_store_close(store);
  remove_store();
}

static void a_store_to_read_is_not_written(void **state) {
  (void)state;
  crucible_store *store = open_new();
  crucible_store_close(store);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_READ, &store),
                   CRUCIBLE_OK);
  assert_int_equal(
      crucible__store_exec(store, "INSERT INTO about_things VALUES ('x')"),
      CRUCIBLE_E_STORE);
  assert_int_equal(crucible__store_migrate(store, "things", first_version, 1),
                   CRUCIBLE_OK);
  assert_int_equal(crucible__store_migrate(store, "others", first_version, 1),
                   CRUCIBLE_E_STORE);
  crucible_store_close(store);
  remove_store();
}

static void
a_full_disk_says_so_and_loses_only_what_was_not_committed(void **state) {
  (void)state;
  crucible_store *store = open_new();
  uint8_t before[32], after[32];
  add_thing(store, 1, "kept", 1);
  digest_of(store, before);
  struct rlimit old, small = {0};
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  small = old;
  small.rlim_cur = 64 * 1024;
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  crucible_status status = crucible__store_begin(store);
  for (int i = 0; i < 1000 && status == CRUCIBLE_OK; ++i)
    status = crucible__store_exec(
        store, "INSERT INTO things (bytes) VALUES (zeroblob(4096))");
  if (status == CRUCIBLE_OK)
    status = crucible__store_commit(store);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_int_equal(status, CRUCIBLE_E_STORE);
  assert_non_null(strstr(crucible_last_error(), file));
  crucible__store_rollback(store);
  digest_of(store, after);
  assert_memory_equal(before, after, 32);
  crucible_store_close(store);
  remove_store();
}

static void a_folder_that_is_missing_is_named(void **state) {
  (void)state;
  crucible_store *store;
  assert_int_equal(
      crucible_store_open("no/such/folder/x.db", CRUCIBLE_STORE_CREATE, &store),
      CRUCIBLE_E_STORE);
  assert_non_null(strstr(crucible_last_error(), "no/such/folder/x.db"));
  assert_int_equal(crucible_store_open(NULL, CRUCIBLE_STORE_READ, &store),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_store_open(file, 4, &store), CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_READ, NULL),
                   CRUCIBLE_E_INVALID);
  assert_int_equal(crucible_store_digest(NULL, NULL), CRUCIBLE_E_INVALID);
  crucible_store_close(NULL);
}

static crucible_store *resume(void) {
  crucible_store *store;
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_RESUME, &store),
                   CRUCIBLE_OK);
  return store;
}

static void a_store_is_resumed_with_all_that_was_committed(void **state) {
  (void)state;
  uint8_t before[32], after[32];
  crucible_store *store = open_new();
  add_thing(store, 1, "kept", 1);
  digest_of(store, before);
  crucible_store_close(store);
  store = resume();
  digest_of(store, after);
  assert_memory_equal(before, after, 32);
  add_thing(store, 2, "more", 2);
  crucible_store_close(store);
  remove_store();
}

/* What a killed process may leave: no file, an empty one, one that bears our
   mark but has no table. */
static void a_file_whose_making_was_cut_off_is_completed(void **state) {
  (void)state;
  for (int stage = 0; stage < 3; ++stage) {
    remove_store();
    if (stage == 1)
      assert_int_equal(fclose(fopen(file, "wb")), 0);
    if (stage == 2) {
      crucible_store *store;
      assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_CREATE, &store),
                       CRUCIBLE_OK);
      assert_int_equal(
          crucible__store_exec(store, "DROP TABLE schema_versions"),
          CRUCIBLE_OK);
      crucible_store_close(store);
    }
    crucible_store *store = resume();
    assert_int_equal(crucible__store_migrate(store, "things", first_version, 1),
                     CRUCIBLE_OK);
    add_thing(store, 1, "made", 1);
    crucible_store_close(store);
  }
  remove_store();
}

static void another_program_s_file_is_not_taken_for_one(void **state) {
  (void)state;
  crucible_store *store = open_new();
  assert_int_equal(crucible__store_exec(store, "PRAGMA application_id = 7"),
                   CRUCIBLE_OK);
  crucible_store_close(store);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_RESUME, &store),
                   CRUCIBLE_E_STORE);
  assert_non_null(strstr(crucible_last_error(), "no database of this library"));
  assert_int_equal(access(file, F_OK), 0);
  FILE *text = fopen(file, "wb");
  assert_true(fputs("a letter to somebody, longer than a page's head, which "
                    "has 100 bytes; nobody wants to lose what it says",
                    text) >= 0);
  assert_int_equal(fclose(text), 0);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_RESUME, &store),
                   CRUCIBLE_E_STORE);
  text = fopen(file, "rb");
  assert_int_equal(fgetc(text), 'a');
  assert_int_equal(fclose(text), 0);
  remove_store();
}

static void a_second_process_is_refused(void **state) {
  (void)state;
  crucible_store *store = open_new();
  add_thing(store, 1, "mine", 1);
  int code = 0;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    crucible_store *other;
    int refused =
        crucible_store_open(file, CRUCIBLE_STORE_RESUME, &other) ==
            CRUCIBLE_E_STORE &&
        strstr(crucible_last_error(), "another process writes it") != NULL;
    int read =
        crucible_store_open(file, CRUCIBLE_STORE_READ, &other) == CRUCIBLE_OK;
    _exit(refused && read ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &code, 0), child);
  assert_int_equal(code, 0);
  crucible_store_close(store);
  crucible_store_close(resume()); /* free again */
  remove_store();
}

static void a_damaged_page_is_found_before_anything_is_added(void **state) {
  (void)state;
  crucible_store *store = open_new();
  for (int i = 1; i <= 500; ++i)
    add_thing(store, i, "a name that takes some room on its page", i);
  crucible_store_close(store);
  FILE *f = fopen(file, "r+b");
  assert_int_equal(fseek(f, 4096 * 3, SEEK_SET), 0);
  for (int i = 0; i < 200; ++i)
    assert_int_equal(fputc(0xa5, f), 0xa5);
  assert_int_equal(fclose(f), 0);
  assert_int_equal(crucible_store_open(file, CRUCIBLE_STORE_RESUME, &store),
                   CRUCIBLE_E_STORE);
  assert_non_null(strstr(crucible_last_error(), "damaged"));
  remove_store();
}

static crucible_status use_a_store(void *data) {
  crucible_store *store;
  uint8_t digest[32];
  (void)data;
  remove_store();
  crucible_status status =
      crucible_store_open(file, CRUCIBLE_STORE_CREATE, &store);
  if (status != CRUCIBLE_OK) {
    assert_int_not_equal(access(file, F_OK), 0); /* nothing half-made */
    return status;
  }
  status = crucible__store_migrate(store, "things", first_version, 1);
  if (status == CRUCIBLE_OK)
    status = crucible_store_digest(store, digest);
  crucible_store_close(store);
  return status;
}

static void running_out_of_memory_is_an_error(void **state) {
  (void)state;
  assert_true(failing_alloc_run(use_a_store, NULL) > 0);
  remove_store();
}

int main(void) {
  failing_alloc_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_come_back_as_they_were_bound),
      cmocka_unit_test(a_file_that_is_there_is_never_overwritten),
      cmocka_unit_test(what_is_not_committed_is_gone),
      cmocka_unit_test(a_digest_changes_with_any_field_but_those_about_the_run),
      cmocka_unit_test(a_newer_schema_is_refused),
      cmocka_unit_test(a_database_of_a_newer_release_is_not_opened),
      cmocka_unit_test(a_failed_migration_leaves_nothing),
      cmocka_unit_test(a_store_to_read_is_not_written),
      cmocka_unit_test(
          a_full_disk_says_so_and_loses_only_what_was_not_committed),
      cmocka_unit_test(a_folder_that_is_missing_is_named),
      cmocka_unit_test(a_store_is_resumed_with_all_that_was_committed),
      cmocka_unit_test(a_file_whose_making_was_cut_off_is_completed),
      cmocka_unit_test(another_program_s_file_is_not_taken_for_one),
      cmocka_unit_test(a_second_process_is_refused),
      cmocka_unit_test(a_damaged_page_is_found_before_anything_is_added),
      cmocka_unit_test(running_out_of_memory_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
