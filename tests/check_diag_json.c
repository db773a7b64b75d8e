/* check_diag_json.c -- diagnostics as JSON: the lines read back by a validator of its own, for any
 * bytes in paths, messages and labels; and what they say. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "support/diag.h"
#include "support/file.h"
#include "support/text.h"

static Arena *arena;
static Diag *diag;

static void setup(void)
{
    arena = arena_new();
    diag = diag_new(arena);
}

static void teardown(void)
{
    arena_free(arena);
}

/* What diag_flush_json writes. */
static const char *flushed(void)
{
    char *said = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&said, &length);
    ck_assert_ptr_nonnull(out);
    diag_flush_json(diag, out);
    fclose(out);
    const char *copy = arena_strndup(arena, said, length);
    free(said);
    return copy;
}

/* ---- a validator of JSON (RFC 8259): each function takes one value and returns what is behind
 * it, or NULL ---- */

static const char *valid_value(const char *at);

static const char *behind_blanks(const char *at)
{
    return at ? at + strspn(at, " \n") : NULL;
}

static const char *valid_string(const char *at)
{
    if (*at != '"')
        return NULL;
    for (at++; *at != '"';) {
        if (*at == '\\' && at[1] == 'u') {
            if (strspn(at + 2, "0123456789abcdef") < 4)
                return NULL;
            at += 6;
        } else if (*at == '\\') {
            if (!at[1] || !strchr("\"\\/bfnrt", at[1]))
                return NULL;
            at += 2;
        } else {
            const size_t size = (unsigned char)*at < ' ' ? 0 : text_utf8_length(at, strlen(at));
            if (size == 0)
                return NULL;
            at += size;
        }
    }
    return at + 1;
}

static const char *valid_members(const char *at, char closing)
{
    at = behind_blanks(at);
    if (*at == closing)
        return at + 1;
    for (;;) {
        if (closing == '}') {
            at = valid_string(behind_blanks(at));
            if (!at || *at++ != ':')
                return NULL;
        }
        at = behind_blanks(valid_value(behind_blanks(at)));
        if (!at || (*at != ',' && *at != closing))
            return NULL;
        if (*at++ == closing)
            return at;
    }
}

static const char *valid_value(const char *at)
{
    static const char *const words[] = {"null", "true", "false"};
    if (*at == '{')
        return valid_members(at + 1, '}');
    if (*at == '[')
        return valid_members(at + 1, ']');
    if (*at == '"')
        return valid_string(at);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    const size_t digits = strspn(at, "0123456789");
    return digits > 0 && (digits == 1 || *at != '0') ? at + digits : NULL;
}

/* How many lines there are, each one object. */
static int valid_lines(const char *text)
{
    int lines = 0;
    while (*text) {
        ck_assert_int_eq(*text, '{');
        const char *end = valid_value(text);
        ck_assert_msg(end != NULL && *end == '\n', "not JSON: %s", text);
        text = end + 1;
        lines++;
    }
    return lines;
}

/* ---- tests ---- */

START_TEST(test_the_validator_refuses)
{
    static const char *const wrong[] = {
        "",   "{",   "[1,]",     "{\"a\" 1}", "\"\x01\"", "\"\\x\"", "\"\xff\"", "\"\\u12\"",
        "01", "\"a", "{\"a\":}", "[1 2]",     "nul",      "{a:1}",   "[\"a\":1]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *end = valid_value(wrong[i]);
        ck_assert_msg(!end || *end, "accepted: %s", wrong[i]);
    }
    ck_assert_str_eq(valid_value("{\"a\":[1,20,null,\"\\u00e9\\n\"],\"b\":{}} "), " ");
}
END_TEST

START_TEST(test_a_line_says_it_all)
{
    const char *text = "x = 1\nloss = f(y)\n";
    SourceFile *file = source_new(arena, "m.dsl", text, strlen(text));
    diag_error(diag, (Loc){file, 15, 16}, "did you mean 'x'?", "unknown name '%s'", "y");
    diag_note(diag, (Loc){file, 0, 7}, "over two lines");
    diag_note(diag, (Loc){0}, "nowhere");
    diag_warning(diag, (Loc){0}, "a label", "no place");
    const char *said = flushed();
    ck_assert_int_eq(valid_lines(said), 2);
    ck_assert_str_eq(
        said,
        "{\"severity\":\"error\",\"message\":\"unknown name 'y'\",\"file\":\"m.dsl\",\"line\":2,"
        "\"column\":10,\"end_line\":2,\"end_column\":11,\"label\":\"did you mean 'x'?\","
        "\"hint\":\"x\",\"notes\":[{\"message\":\"over two lines\",\"file\":\"m.dsl\",\"line\":1,"
        "\"column\":1,\"end_line\":2,\"end_column\":2,\"library\":false},{\"message\":\"nowhere\","
        "\"file\":null,\"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null,"
        "\"library\":false}]}\n"
        "{\"severity\":\"warning\",\"message\":\"no place\",\"file\":null,\"line\":null,"
        "\"column\":null,\"end_line\":null,\"end_column\":null,\"label\":\"a label\",\"hint\":null,"
        "\"notes\":[]}\n");
    ck_assert_str_eq(flushed(), "");
}
END_TEST

START_TEST(test_library_notes_are_marked)
{
    SourceFile *user = source_new(arena, "m.dsl", "f(1)\n", 5);
    SourceFile *library = source_new(arena, "losses.dsl", "a + b\n", 6);
    library->library = true;
    diag_push_frame(diag, (Loc){user, 0, 4}, "f");
    diag_error(diag, (Loc){library, 4, 5}, NULL, "no");
    diag_pop_frame(diag);
    const char *said = flushed();
    ck_assert_int_eq(valid_lines(said), 1);
    ck_assert_ptr_nonnull(strstr(said, "\"message\":\"no\",\"file\":\"m.dsl\""));
    ck_assert_ptr_nonnull(strstr(said,
                                 "\"file\":\"losses.dsl\",\"line\":1,\"column\":5,\"end_line\":1,"
                                 "\"end_column\":6,\"library\":true}"));
}
END_TEST

START_TEST(test_what_is_said_twice_or_too_often_is_left_out)
{
    SourceFile *file = source_new(arena, "m.dsl", "x\n", 2);
    for (int i = 0; i < DIAG_LIMIT + 5; i++) {
        diag_error(diag, (Loc){file, 0, 1}, NULL, "error %d", i);
        diag_note(diag, (Loc){file, 0, 1}, "note of it");
        diag_error(diag, (Loc){file, 0, 1}, NULL, "error %d", i);
    }
    ck_assert_int_eq(valid_lines(flushed()), DIAG_LIMIT);
}
END_TEST

/* All pairs of bytes, and sequences cut short, wherever text can come from. */
START_TEST(test_any_bytes_are_valid_json)
{
    for (int a = 1; a < 256; a++) {
        char all[3 * 255 + 1];
        int length = 0;
        for (int b = 1; b < 256; b++) {
            all[length++] = (char)a;
            all[length++] = (char)b;
        }
        all[length] = '\0';
        SourceFile *file = source_new(arena, all, all, (size_t)length);
        diag_error(diag, (Loc){file, 0, (uint32_t)length}, all, "%s", all);
        diag_note(diag, (Loc){file, 1, 2}, "%s", all);
        ck_assert_int_eq(valid_lines(flushed()), 1);
        diag = diag_new(arena); /* for the next, or it would be past the limit */
    }
}
END_TEST

START_TEST(test_a_string_keeps_what_is_utf8)
{
    StrBuf out = strbuf_new(arena);
    const char text[] = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc0\xaf\xed\xa0\x80\x80\"\\\n\x7f";
    text_json_string(&out, text, sizeof text); /* its NUL too */
    ck_assert_str_eq(strbuf_text(&out),
                     "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\\ufffd\\ufffd\\ufffd"
                     "\\ufffd\\ufffd\\ufffd\\\"\\\\\\u000a\\u007f\\u0000\"");
}
END_TEST

/* The files of the editors, in the source tree. */
START_TEST(test_the_editors_files_are_json)
{
    static const char *const names[] = {"package.json", "language-configuration.json",
                                        "syntaxes/gradc.tmLanguage.json"};
    const char *top = getenv("top_srcdir");
    for (int i = 0; top && i < 3; i++) {
        char *text;
        size_t size;
        const char *why, *path = arena_printf(arena, "%s/editors/vscode/%s", top, names[i]);
        ck_assert_msg(file_read(arena, path, 1 << 20, &text, &size, &why), "%s: %s", path, why);
        const char *end = behind_blanks(valid_value(text));
        ck_assert_msg(end && !*end, "%s is not JSON", path);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diag_json");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_the_validator_refuses);
    tcase_add_test(tests, test_a_line_says_it_all);
    tcase_add_test(tests, test_library_notes_are_marked);
    tcase_add_test(tests, test_what_is_said_twice_or_too_often_is_left_out);
    tcase_add_test(tests, test_any_bytes_are_valid_json);
    tcase_add_test(tests, test_a_string_keeps_what_is_utf8);
    tcase_add_test(tests, test_the_editors_files_are_json);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
