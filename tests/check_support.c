/* check_support.c -- arena, strings, text, diagnostics, files. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/checked.h"
#include "support/diag.h"
#include "support/file.h"
#include "support/text.h"

static Arena *arena;

static void setup(void)
{
    arena = arena_new();
}

static void teardown(void)
{
    arena_free(arena);
}

static bool all_bytes_are(const char *bytes, int count, int value)
{
    for (int k = 0; k < count; k++)
        if (bytes[k] != value)
            return false;
    return true;
}

START_TEST(test_arena_keeps_what_it_gave)
{
    char *pieces[300];
    for (int i = 0; i < 300; i++) {
        pieces[i] = arena_alloc(arena, (size_t)i * 37);
        ck_assert_uint_eq((size_t)pieces[i] % 16, 0);
        ck_assert(all_bytes_are(pieces[i], i * 37, 0));
        memset(pieces[i], i & 127, (size_t)i * 37);
    }
    for (int i = 0; i < 300; i++)
        ck_assert(all_bytes_are(pieces[i], i * 37, i & 127));
}
END_TEST

START_TEST(test_vec_grows)
{
    Vec(int) numbers = {0};
    for (int i = 0; i < 1000; i++)
        vec_push(arena, &numbers, i * i);
    ck_assert_int_eq(numbers.count, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(numbers.data[i], i * i);
}
END_TEST

START_TEST(test_strmap_finds_and_replaces)
{
    StrMap *map = strmap_new(arena);
    static int values[500];
    for (int i = 0; i < 500; i++)
        strmap_set(map, arena_printf(arena, "key%d", i), &values[i]);
    strmap_set(map, "key7", &values[8]);
    ck_assert_ptr_eq(strmap_get(map, "key7"), &values[8]);
    ck_assert_ptr_eq(strmap_get(map, "key499"), &values[499]);
    ck_assert_ptr_null(strmap_get(map, "key500"));
}
END_TEST

START_TEST(test_checked_sizes)
{
    int64_t out = 5;
    ck_assert(!checked_mul(INT64_MAX, 2, &out));
    ck_assert(!checked_add(INT64_MAX, 1, &out));
    ck_assert(!checked_align(INT64_MAX, 64, &out));
    ck_assert_int_eq(out, 5);
    ck_assert(checked_align(65, 64, &out));
    ck_assert_int_eq(out, 128);
}
END_TEST

START_TEST(test_c_string_escapes_every_byte)
{
    StrBuf out = strbuf_new(arena);
    text_c_string(&out, "a\"b\\c?\?/%d\n\xff", 12);
    ck_assert_str_eq(strbuf_text(&out), "\"a\\042b\\134c\\077\\077/\\045d\\012\\377\"");
}
END_TEST

START_TEST(test_c_comment_drops_what_could_end_it)
{
    StrBuf out = strbuf_new(arena);
    text_c_comment(&out, "x */ int y; \\\n ?\?/ f32[batch, 3]");
    ck_assert_str_eq(strbuf_text(&out), "x  int y   f32[batch, 3]");
}
END_TEST

START_TEST(test_xml_escapes)
{
    StrBuf out = strbuf_new(arena);
    text_xml(&out, "a<b> & \"c\" 'd' \xc3\xa9\x01\xff\n");
    ck_assert_str_eq(strbuf_text(&out), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; \xc3\xa9"
                                        "\xef\xbf\xbd\xef\xbf\xbd\n");
}
END_TEST

START_TEST(test_c_double_round_trips)
{
    static const struct {
        double value;
        bool as_float;
        const char *text;
    } cases[] = {{0.5, true, "0.5f"},
                 {1, false, "1.0"},
                 {1e-5, true, "1e-05f"},
                 {0.1, false, "0.1"},
                 {0.1, true, "0.1f"},
                 {-0.0, false, "-0.0"},
                 {16777216, true, "16777216.0f"},
                 {1e300 * 1e10, false, "INFINITY"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        StrBuf out = strbuf_new(arena);
        text_c_double(&out, cases[i].value, cases[i].as_float);
        if (cases[i].value == 16777216)
            ck_assert_double_eq(strtod(strbuf_text(&out), NULL), 16777216);
        else
            ck_assert_str_eq(strbuf_text(&out), cases[i].text);
    }
    unsigned long long bits = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (value - value != 0)
            continue;
        StrBuf out = strbuf_new(arena);
        text_c_double(&out, value, false);
        const double back = strtod(strbuf_text(&out), NULL);
        ck_assert_int_eq(memcmp(&back, &value, sizeof value), 0);
    }
}
END_TEST

START_TEST(test_nearest_name)
{
    static const char *const names[] = {"sigmoid", "softmax", "relu", "tanh"};
    ck_assert_str_eq(text_nearest("sigmiod", names, 4), "sigmoid");
    ck_assert_str_eq(text_nearest("relo", names, 4), "relu");
    ck_assert_ptr_null(text_nearest("conv", names, 4));
    ck_assert_ptr_null(text_nearest("x", names, 4));
}
END_TEST

/* What diag_flush prints, as a string. */
static const char *flushed(Diag *diag)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    diag_flush(diag, out);
    fclose(out);
    const char *copy = arena_strdup(arena, text);
    free(text);
    return copy;
}

START_TEST(test_diagnostic_shows_line_and_caret)
{
    const char *text = "a = 1\r\n  b = a @ c\n";
    SourceFile *file = source_new(arena, "m.dsl", text, strlen(text));
    Diag *diag = diag_new(arena);
    for (int twice = 0; twice < 2; twice++)
        diag_error(diag, (Loc){file, 13, 18}, "inner sizes differ", "cannot multiply");
    ck_assert_int_eq(diag_error_count(diag), 1);
    ck_assert_str_eq(flushed(diag), "m.dsl:2:7: error: cannot multiply\n"
                                    "    2 |   b = a @ c\n"
                                    "      |       ^~~~~ inner sizes differ\n");
}
END_TEST

START_TEST(test_library_error_is_shown_at_the_call)
{
    SourceFile *user = source_new(arena, "m.dsl", "y = f(x)\n", 9);
    SourceFile *library = source_new(arena, "std.dsl", "def f(x) = x @ x\n", 17);
    library->library = true;
    Diag *diag = diag_new(arena);
    diag_push_frame(diag, (Loc){user, 4, 8}, "f");
    diag_error(diag, (Loc){library, 11, 16}, "here", "bad shapes");
    diag_pop_frame(diag);
    ck_assert_str_eq(flushed(diag), "m.dsl:1:5: error: bad shapes\n"
                                    "    1 | y = f(x)\n"
                                    "      |     ^~~~\n"
                                    "std.dsl:1:12: note: found here, in the library\n"
                                    "    1 | def f(x) = x @ x\n"
                                    "      |            ^~~~~\n");
}
END_TEST

START_TEST(test_errors_are_capped)
{
    SourceFile *file = source_new(arena, "m.dsl", "x", 1);
    Diag *diag = diag_new(arena);
    for (int i = 0; i < 50; i++)
        diag_error(diag, (Loc){file, 0, 1}, NULL, "error %d", i);
    const char *text = flushed(diag);
    ck_assert_ptr_nonnull(strstr(text, "error 19"));
    ck_assert_ptr_null(strstr(text, "error 20\n"));
    ck_assert_ptr_nonnull(strstr(text, "50 errors, the first 20 of them shown\n"));
}
END_TEST

START_TEST(test_files_are_written_whole)
{
    const char *why = NULL;
    const char *dir = dir_make_temp(arena, &why);
    ck_assert_ptr_nonnull(dir);
    const char *path = path_join(arena, dir, "out.txt");
    ck_assert(file_write(arena, path, "old", 3, &why));
    ck_assert(file_write(arena, path, "newer", 5, &why));
    char *bytes;
    size_t size;
    ck_assert(file_read(arena, path, 100, &bytes, &size, &why));
    ck_assert_uint_eq(size, 5);
    ck_assert_str_eq(bytes, "newer");
    ck_assert(!file_read(arena, path, 4, &bytes, &size, &why));
    ck_assert(!file_read(arena, dir, 100, &bytes, &size, &why));
    ck_assert_str_eq(why, "it is a directory");
    ck_assert(!file_write(arena, path_join(arena, dir, "no/such"), "x", 1, &why));
    dir_remove(dir);
    ck_assert_int_ne(access(dir, F_OK), 0);
}
END_TEST

START_TEST(test_processes_run_without_a_shell)
{
    const char *why = NULL;
    char *ok[] = {"true", NULL}, *bad[] = {"sh", "-c", "exit 7", NULL},
         *none[] = {"no-such-program;true", NULL};
    ck_assert_int_eq(process_run(ok, &why), 0);
    ck_assert_int_eq(process_run(bad, &why), 7);
    ck_assert_int_eq(process_run(none, &why), -1);
    ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(test_what_a_process_writes_is_read)
{
    char *text, *speaks[] = {"sh", "-c", "echo one; echo two >&2", NULL},
                *fails[] = {"sh", "-c", "echo one; exit 3", NULL},
                *none[] = {"no-such-program", NULL};
    size_t size;
    ck_assert(process_read(arena, speaks, 4, &text, &size));
    ck_assert_str_eq(text, "one\n");
    ck_assert_uint_eq(size, 4);
    ck_assert(!process_read(arena, speaks, 3, &text, &size));
    ck_assert(!process_read(arena, fails, 100, &text, &size));
    ck_assert(!process_read(arena, none, 100, &text, &size));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support");
    TCase *tests = tcase_create("support");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_arena_keeps_what_it_gave);
    tcase_add_test(tests, test_vec_grows);
    tcase_add_test(tests, test_strmap_finds_and_replaces);
    tcase_add_test(tests, test_checked_sizes);
    tcase_add_test(tests, test_c_string_escapes_every_byte);
    tcase_add_test(tests, test_c_comment_drops_what_could_end_it);
    tcase_add_test(tests, test_xml_escapes);
    tcase_add_test(tests, test_c_double_round_trips);
    tcase_add_test(tests, test_nearest_name);
    tcase_add_test(tests, test_diagnostic_shows_line_and_caret);
    tcase_add_test(tests, test_library_error_is_shown_at_the_call);
    tcase_add_test(tests, test_errors_are_capped);
    tcase_add_test(tests, test_files_are_written_whole);
    tcase_add_test(tests, test_processes_run_without_a_shell);
    tcase_add_test(tests, test_what_a_process_writes_is_read);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
