/* print_c.c -- kernels and routines as C functions.
 *
 *     /. hidden: f32[batch, 64] = maximum(linear1, 0)    digits.dsl:12 ./
 *     static void k_hidden(int64_t batch, const float *restrict v_linear1, float *restrict
 * v_hidden)
 *     {
 *         for (int64_t i = 0; i < batch; i++) {
 *             ...
 *
 * Kernels are given all that they use as parameters; constant tables alone stand outside. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "codegen/print_expr.h"
#include "support/file.h"
#include "support/text.h"

enum { WIDTH = 100 };

/* ---- long lines ---- */

/* How bad a break at this space is: deep inside brackets, or elsewhere than behind a comma or
 * before an operator that binds loosely. */
static int break_cost(const char *space, int depth)
{
    enum { PER_BRACKET = 4, AFTER_COMMA = 3, BEFORE_OPERATOR = 2 };
    const bool is_operator = space[1] && space[2] && strchr("+-?:&|", space[1]) &&
                             (space[2] == ' ' || space[2] == space[1]);
    const int gain = space[-1] == ',' ? AFTER_COMMA : is_operator ? BEFORE_OPERATOR : 0;
    return PER_BRACKET * depth - gain;
}

/* Where to break a text that is longer than room: in its latter half; 0 if nowhere. */
static size_t find_break(const char *text, size_t room)
{
    size_t best = 0;
    int depth = 0, least = INT_MAX;
    for (size_t i = 0; i <= room; i++) {
        depth += (text[i] == '(' || text[i] == '[') - (text[i] == ')' || text[i] == ']');
        if (text[i] == ' ' && i > room / 2 && break_cost(text + i, depth) <= least) {
            least = break_cost(text + i, depth);
            best = i;
        }
    }
    return best;
}

/* Prints text in lines of at most WIDTH where it can be broken; the later ones are indented. */
static void print_wrapped(StrBuf *out, const char *text, int indent)
{
    size_t room = WIDTH;
    while (strlen(text) > room) {
        const size_t cut = find_break(text, room);
        if (cut == 0)
            break;
        strbuf_write(out, text, cut);
        strbuf_printf(out, "\n%*s", indent, "");
        text += cut + 1;
        room = indent < WIDTH / 2 ? (size_t)(WIDTH - indent) : WIDTH / 2;
    }
    strbuf_puts(out, text);
}

static void add_argument(StrBuf *out, int *count, const char *text)
{
    strbuf_puts(out, (*count)++ > 0 ? ", " : "");
    strbuf_puts(out, text);
}

static bool is_written(const Kernel *k, const Buffer *b)
{
    for (int i = 0; i < k->writes.count; i++)
        if (k->writes.data[i] == b)
            return true;
    return false;
}

static bool is_parameter(const Buffer *b)
{
    return b->place != PLACE_CONST;
}

/* ---- statements ---- */

static void print_stmts(StrBuf *out, const KStmtVec *body, int indent);

static void print_loop(StrBuf *out, const KStmt *s, int indent)
{
    if (s->parallel)
        strbuf_printf(out, "#ifdef _OPENMP\n#pragma omp parallel for\n#endif\n");
    strbuf_printf(out, "%*sfor (int64_t %s = 0; %s < ", indent, "", s->name, s->name);
    print_c_expr(out, s->extent, BIND_SUM);
    strbuf_printf(out, "; %s++) {\n", s->name);
    print_stmts(out, &s->body, indent + 4);
    strbuf_printf(out, "%*s}\n", indent, "");
}

static bool is_half(DType dtype)
{
    return dtype == DT_F16 || dtype == DT_BF16;
}

static void print_stored(StrBuf *out, const KStmt *s)
{
    const DType dtype = s->buffer->type.dtype;
    if (is_half(dtype))
        strbuf_printf(out, "grt_store_%s(", dtype_info[dtype].name);
    print_c_value(out, s->value, dtype);
    strbuf_puts(out, is_half(dtype) ? ")" : "");
}

static void print_target(StrBuf *out, const KStmt *s)
{
    strbuf_printf(out, "%s[", s->buffer->name);
    print_c_expr(out, s->index, BIND_ANY);
    strbuf_putc(out, ']');
}

static void print_store(StrBuf *out, const KStmt *s, int indent)
{
    const DType dtype = s->buffer->type.dtype;
    strbuf_printf(out, "%*s", indent, "");
    print_target(out, s);
    if (s->accumulate && dtype_is_int(dtype)) {
        strbuf_printf(out, " = grt_add_%s(", dtype_info[dtype].name);
        print_target(out, s);
        strbuf_puts(out, ", ");
        print_stored(out, s);
        strbuf_putc(out, ')');
    } else {
        strbuf_puts(out, s->accumulate ? " += " : " = ");
        print_stored(out, s);
    }
    strbuf_puts(out, ";\n");
}

static void print_matrix(StrBuf *out, const Buffer *b, const KExpr *offset, int64_t ld)
{
    strbuf_puts(out, b->name);
    if (offset->kind != KE_NUMBER || offset->value.i != 0) {
        strbuf_puts(out, " + ");
        print_c_expr(out, offset, BIND_PRODUCT);
    }
    strbuf_printf(out, ", %" PRId64, ld);
}

static void print_size(StrBuf *out, const KExpr *size)
{
    if (size->kind != KE_NUMBER)
        strbuf_puts(out, "(int)");
    print_c_expr(out, size, size->kind == KE_NUMBER ? BIND_ANY : BIND_UNARY);
    strbuf_puts(out, ", ");
}

static void print_gemm(StrBuf *out, const Gemm *g, int indent)
{
    const char *const trans[2] = {"CblasNoTrans", "CblasTrans"};
    const bool wide = g->dtype == DT_F64;
    strbuf_printf(out, "%*scblas_%cgemm(CblasRowMajor, %s, %s, ", indent, "", wide ? 'd' : 's',
                  trans[g->trans_a], trans[g->trans_b]);
    print_size(out, g->m);
    print_size(out, g->n);
    print_size(out, g->k);
    strbuf_printf(out, "%s, ", wide ? "1.0" : "1.0f");
    print_matrix(out, g->a, g->a_offset, g->lda);
    strbuf_puts(out, ", ");
    print_matrix(out, g->b, g->b_offset, g->ldb);
    strbuf_printf(out, ", %d.0%s, ", g->accumulate, wide ? "" : "f");
    print_matrix(out, g->c, g->c_offset, g->ldc);
    strbuf_puts(out, ");\n");
}

static void print_stmt(StrBuf *out, const KStmt *s, int indent)
{
    switch (s->kind) {
    case KS_FOR:
        break; /* not one line */
    case KS_LET:
        strbuf_printf(out, "%*s%s%s %s = ", indent, "", s->mutable_ ? "" : "const ",
                      c_value_type(s->dtype), s->name);
        print_c_value(out, s->value, s->dtype);
        strbuf_puts(out, ";\n");
        break;
    case KS_SET:
        strbuf_printf(out, "%*s%s = ", indent, "", s->name);
        print_c_value(out, s->value, s->dtype);
        strbuf_puts(out, ";\n");
        break;
    case KS_STORE:
        print_store(out, s, indent);
        break;
    case KS_GEMM:
        print_gemm(out, s->gemm, indent);
        break;
    case KS_ZERO:
        strbuf_printf(out, "%*smemset(%s, 0, (size_t)(", indent, "", s->buffer->name);
        print_c_expr(out, s->extent, BIND_ANY);
        strbuf_printf(out, ") * sizeof *%s);\n", s->buffer->name);
        break;
    }
}

static void print_stmts(StrBuf *out, const KStmtVec *body, int indent)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        if (s->comment) {
            strbuf_printf(out, "%*s/* ", indent, "");
            text_c_comment(out, s->comment);
            strbuf_puts(out, " */\n");
        }
        if (s->kind == KS_FOR) {
            print_loop(out, s, indent);
            continue;
        }
        StrBuf line = strbuf_new(out->arena);
        print_stmt(&line, s, indent);
        print_wrapped(out, strbuf_text(&line), indent + 8);
    }
}

/* ---- kernels ---- */

static void print_parameters(StrBuf *out, const Kernel *k)
{
    int count = 0;
    Arena *arena = out->arena;
    if (k->uses_batch)
        add_argument(out, &count, "int64_t batch");
    if (k->uses_random)
        add_argument(out, &count, "GrtRng rng");
    for (int i = 0; i < k->hosts.count; i++)
        add_argument(out, &count, arena_printf(arena, "double %s", k->hosts.data[i]));
    for (int i = 0; i < k->reads.count; i++) {
        const Buffer *b = k->reads.data[i];
        if (is_parameter(b) && !is_written(k, b))
            add_argument(out, &count,
                         arena_printf(arena, "const %s *restrict %s", c_storage_type(b->type.dtype),
                                      b->name));
    }
    for (int i = 0; i < k->writes.count; i++) {
        const Buffer *b = k->writes.data[i];
        add_argument(
            out, &count,
            arena_printf(arena, "%s *restrict %s", c_storage_type(b->type.dtype), b->name));
    }
}

/* Parameters and body: what two kernels may have in common. */
static const char *kernel_text(Arena *arena, const Kernel *k)
{
    StrBuf text = strbuf_new(arena);
    print_parameters(&text, k);
    strbuf_puts(&text, "{");
    print_stmts(&text, &k->body, 4);
    return strbuf_text(&text);
}

/* "/. ... digits.dsl:12 ./", in lines of at most WIDTH. */
static void print_kernel_comment(StrBuf *out, const Kernel *k)
{
    StrBuf text = strbuf_new(out->arena);
    text_c_comment(&text, k->comment ? k->comment : k->name);
    if (k->loc.file) {
        strbuf_puts(&text, "  ");
        text_c_comment(&text, path_base(k->loc.file->path));
        strbuf_printf(&text, ":%d", loc_line(k->loc));
    }
    size_t column = 2;
    strbuf_puts(out, "/*");
    for (const char *word = strbuf_text(&text); *word;) {
        const size_t gap = strspn(word, " "), length = strcspn(word + gap, " ");
        if (column + gap + length + 3 > WIDTH) {
            strbuf_puts(out, "\n * ");
            column = 3;
        } else {
            strbuf_printf(out, "%*s", column == 2 && gap == 0 ? 1 : (int)gap, "");
            column += gap;
        }
        strbuf_write(out, word + gap, length);
        column += length;
        word += gap + length;
    }
    strbuf_puts(out, " */\n");
}

void print_c_kernel(StrBuf *out, const Kernel *k, const PrintOptions *options)
{
    (void)options;
    print_kernel_comment(out, k);
    StrBuf head = strbuf_new(out->arena);
    strbuf_printf(&head, "static void %s(", k->name);
    print_parameters(&head, k);
    strbuf_puts(&head, ")\n");
    print_wrapped(out, strbuf_text(&head), 4);
    strbuf_puts(out, "{\n");
    print_stmts(out, &k->body, 4);
    strbuf_puts(out, "}\n");
}

/* ---- all kernels of a program ---- */

static void print_table(StrBuf *out, const Buffer *b)
{
    int64_t count;
    if (!type_count(&b->type, 1, &count))
        ice("constant %s has too many elements", b->name);
    strbuf_printf(out, "static const %s %s[%" PRId64 "] = {", c_storage_type(b->type.dtype),
                  b->name, count > 0 ? count : 1);
    for (int64_t i = 0; i < count; i++) {
        strbuf_puts(out, i % 8 == 0 ? "\n    " : " ");
        print_c_element(out, b->elements[i]);
        strbuf_putc(out, ',');
    }
    strbuf_puts(out, count > 0 ? "\n};\n\n" : "0};\n\n");
}

typedef struct KernelPrinter {
    StrBuf *out;
    const Program *program;
    const PrintOptions *options;
    StrMap *by_text; /* the kernels printed so far */
} KernelPrinter;

static bool is_check(const Routine *r)
{
    return r->entry->kind == ENTRY_CHECK_GRAD || r->entry->kind == ENTRY_CHECK_LOSS;
}

static void print_kernels_of(KernelPrinter *printer, const Routine *r)
{
    for (int k = 0; k < r->kernels.count; k++) {
        Kernel *kernel = r->kernels.data[k];
        const char *text = kernel_text(printer->program->arena, kernel);
        const Kernel *same = strmap_get(printer->by_text, text);
        if (same) {
            kernel->name = same->name;
            continue;
        }
        strmap_set(printer->by_text, text, kernel);
        print_c_kernel(printer->out, kernel, printer->options);
        strbuf_putc(printer->out, '\n');
    }
}

void print_c_kernels(StrBuf *out, const Program *p, const PrintOptions *options)
{
    KernelPrinter printer = {out, p, options, strmap_new(p->arena)};
    bool checks = false;
    for (int i = 0; i < p->consts.count; i++)
        print_table(out, p->consts.data[i]);
    for (int i = 0; i < p->routines.count; i++) {
        checks |= is_check(p->routines.data[i]);
        if (!is_check(p->routines.data[i]))
            print_kernels_of(&printer, p->routines.data[i]);
    }
    if (checks)
        strbuf_puts(out, "/* The same in f64, for the gradient check. */\n\n");
    for (int i = 0; i < p->routines.count; i++)
        if (is_check(p->routines.data[i]))
            print_kernels_of(&printer, p->routines.data[i]);
}
