/* check_parser.c -- text to syntax tree: what the tree is, what each kind of mistake says, and that
 * hostile files are refused quickly. */
#include "frontend/ast.h"

#include <check.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static Ast *parse_bytes(const char *text, size_t size)
{
    return ast_parse(arena, source_new(arena, "t.dsl", text, size), diag);
}

/* The tree of a program without errors, as text. */
static const char *tree(const char *text)
{
    StrBuf out = strbuf_new(arena);
    const Ast *ast = parse_bytes(text, strlen(text));
    if (diag_error_count(diag) > 0) {
        diag_flush(diag, stderr);
        return "(there were errors)";
    }
    ast_print(&out, ast);
    return strbuf_text(&out);
}

/* Everything that is said about a program, as the user reads it. */
static const char *errors_of_bytes(const char *text, size_t size)
{
    char *said = NULL;
    size_t length = 0;
    parse_bytes(text, size);
    FILE *out = open_memstream(&said, &length);
    ck_assert_ptr_nonnull(out);
    diag_flush(diag, out);
    fclose(out);
    const char *copy = arena_strndup(arena, said, length);
    free(said);
    return copy;
}

static const char *errors(const char *text)
{
    return errors_of_bytes(text, strlen(text));
}

#define ck_tree(text, expected) ck_assert_str_eq(tree(text), expected)

static void ck_says(const char *text, const char *expected)
{
    const char *said = errors(text);
    if (!strstr(said, expected))
        ck_abort_msg("for:\n%s\nexpected: %s\nsaid:\n%s", text, expected, said);
    diag = diag_new(arena);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

/* ---- expressions ---- */

static const struct {
    const char *text, *tree;
} expressions[] = {
    /* precedence, from the tightest */
    {"-x ** 2", "(- (** x 2))"},
    {"2 ** -x ** 3", "(** 2 (- (** x 3)))"},
    {"a ** b ** c", "(** a (** b c))"},
    {"-x.y[0](1)", "(- (call (index x.y 0) 1))"},
    {"-a * b", "(* (- a) b)"},
    {"a - b - c", "(- (- a b) c)"},
    {"a + b * c // d % e @ f", "(+ a (@ (% (// (* b c) d) e) f))"},
    {"a < b + 1", "(< a (+ b 1))"},
    {"not a == b and c or d", "(or (and (not (== a b)) c) d)"},
    {"(a < b) == c", "(== (< a b) c)"},
    {"image / 16 |> linear(width) |> relu", "(|> (|> (/ image 16) (call#1 linear width)) relu#1)"},
    {"a == b |> f", "(|> (== a b) f#1)"},
    {"x |> block.attn |> f(1)", "(|> (|> x block.attn) (call#1 f 1))"},
    {"0..n + 1", "(.. 0 (+ n 1))"},
    {"a if c else b if d else e", "(if c a (if d b e))"},
    {"1 + 2 if a and b else 0..3", "(if (and a b) (+ 1 2) (.. 0 3))"},
    /* literals */
    {"9223372036854775807", "9223372036854775807"},
    {"0xFf + 0b101 + 0", "(+ (+ 255 5) 0)"},
    {"1e3 + 2.5e-1", "(+ 1e+03 0.25)"},
    {"true and false", "(and true false)"},
    {"\"a\\\"b\\\\\\n\\t\\x41\"", "\"a\\042b\\134\\012\\011A\""},
    {"[[1, 2], [3, 4],]", "(list (list 1 2) (list 3 4))"},
    {"[]", "(list)"},
    {"(1,)", "(tuple 1)"},
    {"(2, 3)", "(tuple 2 3)"},
    {"(2)", "2"},
    /* calls, members, subscripts */
    {"reshape(x, 2, 3)", "(call#1 reshape x 2 3)"},
    {"x.reshape((2, 3)).sum()", "(call#1 (call#1 x.reshape (tuple 2 3)).sum)"},
    {"f()", "(call#1 f)"},
    {"f(a, lr = 1,)", "(call#1 f a lr=1)"},
    {"csv(\"d\", rows = :1500, columns = 64)",
     "(call#1 csv \"d\" rows=(slice _ 1500 _) columns=64)"},
    {"csv(\"d\", rows = 1500:, columns = 1:-1)",
     "(call#1 csv \"d\" rows=(slice 1500 _ _) columns=(slice 1 (- 1) _))"},
    {"x[1:3, ::2, :, .., -1]", "(index x (slice 1 3 _) (slice _ _ 2) (slice _ _ _) .. (- 1))"},
    {"block[0].w", "(index block 0).w"},
    /* words that are keywords elsewhere */
    {"input + state * step - data", "(- (+ input (* state step)) data)"},
    {"x.step", "x.step"},
};

START_TEST(expression)
{
    const char *text = arena_printf(arena, "y = %s", expressions[_i].text);
    ck_tree(text, arena_printf(arena, "assign y = %s\n", expressions[_i].tree));
}
END_TEST

/* ---- statements and newlines ---- */

static const struct {
    const char *text, *tree;
} programs[] = {
    {"", ""},
    {"\n\n# only a comment", ""},
    {"const n = 3\noption lr = 1e-3\noutput o = x\nmetric m = y",
     "const n = 3\noption lr = 0.001\noutput o = x\nmetric m = y\n"},
    {"input x: f32[batch, 2 * n, ..]\ninput y: i32",
     "input x: f32[batch, (* 2 n), ..]\ninput y: i32\n"},
    {"param a: f32[3]\nparam b = 2\nstate c: f64 = 1",
     "param a: f32[3]\nparam b = 2\nstate c: f64 = 1\n"},
    {"a, b.c = f(x), y", "assign a, b.c = (tuple (call#1 f x) y)\n"},
    {"x: f32[batch, 3] = y", "assign x: f32[batch, 3] = y\n"},
    {"x += 1\nx -= 1\nx *= 2\nx /= 2\nx //= 2\nx %= 2\nx **= 2\nx @= w\nm <- m + 1",
     "update x += 1\nupdate x -= 1\nupdate x *= 2\nupdate x /= 2\nupdate x //= 2\n"
     "update x %= 2\nupdate x **= 2\nupdate x @= w\nwrite m <- (+ m 1)\n"},
    {"def f(x, y = 1) = x + y\ndef g() { return a, b }",
     "def f(x, y = 1) = (+ x y)\ndef g()\n    return a, b\n"},
    {"module l(out, bias = true)(x: f32[.., n]) { return x }",
     "module l(out, bias = true)(x: f32[.., n])\n    return x\n"},
    {"optimizer sgd(lr)(p, g) { p <- p - lr * g }",
     "optimizer sgd(lr)(p, g)\n    write p <- (- p (* lr g))\n"},
    {"for i in 0..6 { x = i }", "for i in (.. 0 6)\n    assign x = i\n"},
    {"if a { x = 1 } else if b { x = 2 } else { x = 3 }",
     "if a\n    assign x = 1\nelse\n    if b\n        assign x = 2\n    else\n"
     "        assign x = 3\n"},
    {"if a {\n x = 1\n}\nelse {\n}\ny = 2", "if a\n    assign x = 1\nassign y = 2\n"},
    {"print \"text\", x, y.z", "print \"text\" x y.z\n"},
    {"print(x, precision = 8)", "print x precision=8\n"},
    {"save \"y.npz\", y, z = 2", "save \"y.npz\" y z=2\n"},
    {"save(\"y.npy\", y)\nsave = 2", "save \"y.npy\" y\nassign save = 2\n"},
    {"import \"a.dsl\"", "import \"a.dsl\"\n"},
    {"data train { x = 1\n y = 2 }", "data train\n    assign x = 1\n    assign y = 2\n"},
    {"train { minimize l with a(1) over X, \"*.b\" with b over Z[0]\n batch = 2 }",
     "train\n    minimize l with (call#1 a 1) over X, \"*.b\" with b over (index Z 0)\n"
     "    assign batch = 2\n"},
    {"train { step { minimize d over D with a() } step { minimize g with b } }",
     "train\n    step\n        minimize d with (call#1 a) over D\n    step\n"
     "        minimize g with b\n"},
    {"train {\n minimize l\n  with a\n  over X,\n   Y\n}",
     "train\n    minimize l with a over X, Y\n"},
    /* lines that go on */
    {"x = f(a,\n\n  b\n)\ny = [1\n, 2]", "assign x = (call#1 f a b)\nassign y = (list 1 2)\n"},
    {"x = a +\n  b\ny =\n 1\nz = x\n |> f # why\n # between\n |> g",
     "assign x = (+ a b)\nassign y = 1\nassign z = (|> (|> x f#1) g#1)\n"},
    {"x = a if c\n else b\n", "assign x = (if c a b)\n"},
    {"x = 1\r\ny = 2\rz = 3", "assign x = 1\nassign y = 2\nassign z = 3\n"},
    {"\xef\xbb\xbfx = 1 # \xce\xbb", "assign x = 1\n"},
    {"for i in 0..2 { } x = 1", "for i in (.. 0 2)\nassign x = 1\n"},
    /* contextual keywords as names */
    {"step = 1\ndata = step\ntrain, input = f(data)\nmetric += 1\nstate.x = 2",
     "assign step = 1\nassign data = step\nassign train, input = (call#1 f data)\n"
     "update metric += 1\nassign state.x = 2\n"},
    {"output class = 1\ninput data: f32", "output class = 1\ninput data: f32\n"},
};

START_TEST(program)
{
    ck_tree(programs[_i].text, programs[_i].tree);
}
END_TEST

START_TEST(calls_are_numbered_by_scope)
{
    ck_tree("y = x |> linear(1) |> relu |> linear(2)\n"
            "if no { z = linear(f(f(3)), relu(1)) }\n"
            "module m()(x) { return x |> linear(9) }\n"
            "w = x.f().linear(4) |> relu\n"
            "v = linear(1)(x) if linear(2) else linear(3)",
            "assign y = (|> (|> (|> x (call#1 linear 1)) relu#1) (call#2 linear 2))\n"
            "if no\n"
            "    assign z = (call#3 linear (call#1 f (call#2 f 3)) (call#2 relu 1))\n"
            "module m()(x)\n"
            "    return (|> x (call#1 linear 9))\n"
            "assign w = (|> (call#4 (call#3 x.f).linear 4) relu#3)\n"
            "assign v = (if (call#6 linear 2) (call (call#5 linear 1) x) (call#7 linear 3))\n");
}
END_TEST

START_TEST(comments_above_a_definition_document_it)
{
    const char *text = "# lost\n\n# The error\n  #  function.\ndef f(x) = x\n"
                       "# far\n\ndef g(x) = x\nx = 1 # beside\nmodule h()(x) { }\n";
    const Ast *ast = parse_bytes(text, strlen(text));
    ck_assert_int_eq(diag_error_count(diag), 0);
    ck_assert_str_eq(ast->body.data[0]->doc, "The error\n function.");
    ck_assert_ptr_null(ast->body.data[1]->doc);
    ck_assert_ptr_null(ast->body.data[3]->doc);
}
END_TEST

START_TEST(locations_span_what_was_written)
{
    const char *text = "yy = f(a) + bb.cc\ndef g(x) {\n return x }\n";
    const Ast *ast = parse_bytes(text, strlen(text));
    const Stmt *first = ast->body.data[0], *def = ast->body.data[1];
    ck_assert_uint_eq(first->loc.begin, 0);
    ck_assert_uint_eq(first->loc.end, 17);
    ck_assert_uint_eq(first->value->loc.begin, 5);
    ck_assert_uint_eq(first->value->op_loc.begin, 10);
    ck_assert_uint_eq(first->value->right->op_loc.begin, 15);
    ck_assert_uint_eq(first->value->left->loc.end, 9);
    ck_assert_uint_eq(def->loc.begin, 18);
    ck_assert_uint_eq(def->loc.end, 26); /* the head, without the block */
    ck_assert_uint_eq(def->name_loc.begin, 22);
}
END_TEST

START_TEST(numbers_ignore_the_locale)
{
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") && !setlocale(LC_NUMERIC, "de_DE"))
        setlocale(LC_NUMERIC, ""); /* whatever there is */
    const Ast *ast = parse_bytes("x = 2.5e-1", 10);
    setlocale(LC_NUMERIC, "C");
    ck_assert_double_eq(ast->body.data[0]->value->number, 0.25);
}
END_TEST

/* ---- mistakes ---- */

static const struct {
    const char *text, *said;
} mistakes[] = {
    /* brackets and blocks */
    {"y = f(x\nz = 3", "t.dsl:2:1: error: expected ')' or ',' (to close '(' at line 1), found 'z'"},
    {"y = [1, 2", "t.dsl:1:10: error: expected ',' or ']', found the end of the file"},
    {"def f(x) {\n y = 1\n", "expected a statement or '}' (to close '{' at line 1), found the end"},
    {"}", "t.dsl:1:1: error: expected a statement, found '}'"},
    {"x = )", "t.dsl:1:5: error: expected a value, found ')'"},
    {"x = (1]", "t.dsl:1:7: error: expected ')' or ',', found ']'"},
    {"data d { x = f(3 }", "t.dsl:1:18: error: expected ')' or ',', found '}'"},
    {"if a { x = }", "t.dsl:1:12: error: expected a value, found '}'"},
    /* statements */
    {"x = 1 2", "t.dsl:1:7: error: expected the end of the line or ',', found '2'"},
    {"x =", "t.dsl:1:4: error: expected a value, found the end of the file"},
    {"y = 1\nx = 1 +\n\n# end\n", "t.dsl:2:8: error: expected a value, found the end of the file"},
    {"f(x)", "t.dsl:1:1: error: this value is not used"},
    {"x[0] = 1", "t.dsl:1:1: error: cannot assign to an element"},
    {"1 + x = 1", "only a name can be assigned to"},
    {"a, b += 1", "takes a single name"},
    {"a, b: f32 = 1", "a type stands behind a single name"},
    {"x: f32[3]", "begin with input, param or state"},
    {"input x", "t.dsl:1:8: error: expected ':', found the end of the file"},
    {"input x\ny = 1", "t.dsl:1:8: error: expected ':', found the end of the line"},
    {"param x\n", "expected"},
    {"const for = 1", "this is a reserved word"},
    {"train { minimize x }", "expected 'with' or 'over', found '}'"},
    {"module f(x) { }", "a module has two lists"},
    {"x = 1; y = 2", "statements end with the line, not with ';'"},
    {"y = x |> 3", "right of '|>' stands a name or a call"},
    {"y = x |> f + 1", "put the pipe in parentheses"},
    {"x = 1 + scan t in 0..3 { yield t }", "a scan stands alone, or alone right of '='"},
    {"yield 1", "yield cannot stand at the top of a file"},
    {"scan t in 0..3 { return t }", "return cannot stand in a scan"},
    {"scan t in 0..3 { param w: f32[3] }", "param cannot stand in a scan"},
    /* placement */
    {"return 1", "return cannot stand at the top of a file"},
    {"minimize x with y", "minimize cannot stand at the top of a file"},
    {"def f(x) { if a { param y = 1 } }", "param cannot stand in a def"},
    {"data d { for i in 0..2 { } }", "for cannot stand in a data block"},
    {"train { if a { } }", "if cannot stand in train"},
    {"def f() { y <- 1 }", "'<-' cannot stand in a def"},
    /* comparisons */
    {"x = a <-1 + 2", "write 'x < -1'"},
    {"x = a < b <= c", "t.dsl:1:11: error: comparisons do not chain: write 'a < b and b <= c'"},
    {"if a = 1 { }", "to compare, write '=='"},
    {"x = f((a = 1))", "to compare, write '=='"},
    /* other languages */
    {"if a: \n", "a block is written in { }"},
    {"for i in a:\n", "a block is written in { }"},
    {"x = True", "t.dsl:1:5: error: 'True' is written 'true' here"},
    {"x = None", "'None' is written 'none' here"},
    {"x = a && b", "'&&' is written 'and' here"},
    {"x = !b", "'!' is written 'not' here"},
    {"x = a ^ b", "'^' is written '**' here"},
    {"x = a[...]", "'...' is written '..' here"},
    {"x = lambda y: y", "there is no lambda: write def f(x)"},
    {"while x { }", "loops count: for i in 0..n"},
    {"if a { }\nelif b { }", "write 'else if'"},
    {"// comment", "a comment begins with '#'"},
    {"x = 'abc'", "strings are written with \" quotes"},
    /* characters */
    {"x = \xce\xbb + 1", "t.dsl:1:5: error: '\xce\xbb' can stand in strings and comments only"},
    {"x = 1 $ 2", "unexpected character '$'"},
    {"x = 1 \x01", "unexpected byte 0x01"},
    /* numbers */
    {"x = 9223372036854775808", "integers go up to 9223372036854775807"},
    {"x = 0x8000000000000000", "integers go up to 9223372036854775807"},
    {"x = 1_000", "no '_' in numbers"},
    {"x = 08", "no leading zeros"},
    {"x = 0x", "'0x' is not a number"},
    {"x = 0b2", "'0b2' is not a number"},
    {"x = 1e999", "the number is too large"},
    {"x = 1e-999", "the number is too small"},
    {"x = .5", "a number needs digits before the point: 0.5"},
    {"x = 1. + 2", "a number needs digits behind the point: 1.0"},
    {"x = 12ab", "'12ab' is not a number"},
    {"x = 1.5f", "'1.5f' is not a number"},
    /* strings */
    {"x = \"abc\ny = 1", "t.dsl:1:5: error: a string must end on its line"},
    {"x = \"abc\\", "a string must end on its line"},
    {"x = \"\\q\"", "t.dsl:1:6: error: unknown escape"},
    {"x = \"\\x4\"", "'\\x' takes two hexadecimal digits"},
    {"x = \"\\x00\"", "a string cannot hold a NUL byte"},
};

START_TEST(mistake)
{
    ck_says(mistakes[_i].text, mistakes[_i].said);
}
END_TEST

START_TEST(errors_do_not_hide_later_ones)
{
    const char *said = errors("a = f(1 1,\n   b = 2)\nc = 1 +* 2\n"
                              "def f(x {\n  y = 1\n}\n"
                              "if a {\n  d = f(]\n  e = 5 5\n}\ng = = 3\n");
    ck_assert_int_eq(count_of(said, ": error: "), 6);
    ck_assert_ptr_nonnull(strstr(said, "t.dsl:1:9:"));
    ck_assert_ptr_nonnull(strstr(said, "t.dsl:3:8:"));
    ck_assert_ptr_nonnull(strstr(said, "t.dsl:4:9:"));
    ck_assert_ptr_nonnull(strstr(said, "t.dsl:8:9:"));
    ck_assert_ptr_nonnull(strstr(said, "t.dsl:9:9:"));
    ck_assert_ptr_nonnull(strstr(said, "t.dsl:11:5:"));
}
END_TEST

START_TEST(a_forgotten_bracket_costs_one_message)
{
    const char *said = errors("y = f(x,\nz = 3\nw = 4\nv = 5\n");
    ck_assert_int_eq(count_of(said, ": error: "), 1);
    ck_assert_ptr_nonnull(strstr(said, "(to close '(' at line 1), found 'w'"));
}
END_TEST

/* ---- hostile files ---- */

START_TEST(files_that_are_not_text_are_refused)
{
    ck_assert_ptr_nonnull(strstr(errors_of_bytes("x = \0 1", 7), "a NUL byte at byte 4"));
    ck_says("x = \"\xff\"", "invalid UTF-8 at byte 5");
    ck_says("# \xc0\xaf", "invalid UTF-8 at byte 2");         /* overlong */
    ck_says("# \xed\xa0\x80", "invalid UTF-8 at byte 2");     /* a surrogate */
    ck_says("# \xf4\x90\x80\x80", "invalid UTF-8 at byte 2"); /* beyond U+10FFFF */
    ck_says("# \xe2\x82", "invalid UTF-8 at byte 2");         /* cut off */
    ck_says("# \xe2\x80\xae", "a bidi control character at byte 2");
    ck_says("# \xe2\x81\xa6", "a bidi control character at byte 2");
}
END_TEST

static const char *repeated(const char *before, const char *part, int count, const char *after)
{
    StrBuf out = strbuf_new(arena);
    strbuf_puts(&out, before);
    for (int i = 0; i < count; i++)
        strbuf_puts(&out, part);
    strbuf_puts(&out, after);
    return strbuf_text(&out);
}

static const char *const nests[] = {
    "(",
    "[",
    "f(",
    "{",
    "if a {\n",
    "-",
    "not ",
    "1 + ",
    "1 ** ",
    "a if b else ",
    "x |> f |> ",
    "x.y[",
    "for i in a {\n",
    "f(x = ",
};

START_TEST(deep_nesting_is_refused_at_once)
{
    const char *statement = strchr(nests[_i], '{') ? "" : "x = ";
    const char *text = repeated(statement, nests[_i], 100000, "a");
    const clock_t start = clock();
    const char *said = errors(text);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (strcmp(nests[_i], "{") == 0) /* never a statement: not nesting, but one mistake */
        ck_assert_int_eq(count_of(said, ": error: "), 1);
    else
        ck_assert_ptr_nonnull(strstr(said, "nested too deep (limit 1,000)"));
    ck_assert_double_lt(seconds, 1.0);
}
END_TEST

START_TEST(else_if_chains_have_the_same_limit)
{
    ck_says(repeated("if a { }", " else if a { }", 100000, ""), "nested too deep");
    ck_says(repeated("x = a", ".b", 100000, ""), "nested too deep");
}
END_TEST

START_TEST(nesting_of_900_is_fine)
{
    const char *closers = repeated("", ")", 900, "");
    tree(repeated("x = ", "(", 900, arena_printf(arena, "1%s", closers)));
    tree(repeated("x = ", "f(", 900, arena_printf(arena, "1%s", closers)));
    tree(repeated("x = 1", " + 1", 900, ""));
    tree(repeated("", "if a {\n", 900, repeated("x = 1\n", "}\n", 900, "")));
    ck_assert_int_eq(diag_error_count(diag), 0);
}
END_TEST

START_TEST(long_names_and_numbers_are_refused)
{
    ck_says(repeated("", "a", 256, " = 1"), "a name of 256 bytes; the limit is 255");
    ck_says(repeated("x = ", "1", 256, ""), "a number of 256 bytes");
    ck_says(repeated("x = 1.", "1", 254, ""), "a number of 256 bytes");
    tree(repeated("", "a", 255, " = 1"));
    ck_assert_int_eq(diag_error_count(diag), 0);
}
END_TEST

START_TEST(many_errors_end_the_parse)
{
    const char *said = errors(repeated("", "x = 1 1\n", 10000, ""));
    ck_assert_int_eq(count_of(said, ": error: "), DIAG_LIMIT);
    ck_assert_ptr_nonnull(strstr(said, "100 errors"));
}
END_TEST

START_TEST(large_files_are_quick)
{
    const char *text = repeated("", "yy = a + b\n", 200000, "");
    const clock_t start = clock();
    const Ast *ast = parse_bytes(text, strlen(text));
    ck_assert_int_eq(ast->body.count, 200000);
    ck_assert_double_lt((double)(clock() - start) / CLOCKS_PER_SEC, 4.0);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

int main(void)
{
    Suite *suite = suite_create("parser");
    TCase *trees = tcase_create("trees"), *bad = tcase_create("mistakes");
    tcase_add_checked_fixture(trees, setup, teardown);
    tcase_add_checked_fixture(bad, setup, teardown);
    tcase_set_timeout(trees, 60);
    tcase_set_timeout(bad, 60);
    tcase_add_loop_test(trees, expression, 0, COUNT(expressions));
    tcase_add_loop_test(trees, program, 0, COUNT(programs));
    tcase_add_test(trees, calls_are_numbered_by_scope);
    tcase_add_test(trees, comments_above_a_definition_document_it);
    tcase_add_test(trees, locations_span_what_was_written);
    tcase_add_test(trees, numbers_ignore_the_locale);
    tcase_add_test(trees, nesting_of_900_is_fine);
    tcase_add_test(trees, large_files_are_quick);
    tcase_add_loop_test(bad, mistake, 0, COUNT(mistakes));
    tcase_add_test(bad, errors_do_not_hide_later_ones);
    tcase_add_test(bad, a_forgotten_bracket_costs_one_message);
    tcase_add_test(bad, files_that_are_not_text_are_refused);
    tcase_add_loop_test(bad, deep_nesting_is_refused_at_once, 0, COUNT(nests));
    tcase_add_test(bad, else_if_chains_have_the_same_limit);
    tcase_add_test(bad, long_names_and_numbers_are_refused);
    tcase_add_test(bad, many_errors_end_the_parse);
    suite_add_tcase(suite, trees);
    suite_add_tcase(suite, bad);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
