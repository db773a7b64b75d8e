/* print_c.c -- kernels as C functions.
 *
 *     /. hidden = maximum(linear1, 0)    f32[batch, 64]    digits.dsl:12 ./
 *     static void k_hidden(int64_t batch, const float *restrict v_linear1,
 *                          float *restrict v_hidden)
 *     {
 *         for (int64_t i = 0; i < batch; i++)
 *             ...
 *
 * Kernels are given all that they use as parameters; constant tables alone stand outside. */
#include <inttypes.h>
#include <string.h>

#include "codegen/emit_parts.h"
#include "codegen/kexpr.h"
#include "codegen/print_expr.h"
#include "support/file.h"
#include "support/text.h"

enum { WIDTH = 100 };

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

/* Braces are left out around one statement that needs none itself. */
static bool needs_braces(const KStmt *loop)
{
    const KStmt *only = loop->body.count == 1 ? loop->body.data[0] : NULL;
    return !only || only->comment || only->barrier || only->single ||
           (only->kind == KS_FOR && only->extent->dtype == DT_BOOL) ||
           (only->kind == KS_FOR && needs_braces(only));
}

/* Of a loop that threads share: grt_from(team, extent, step).  plain: of any other; NULL: its
 * extent. */
static void print_bound(StrBuf *out, const KStmt *s, const char *shared, const char *plain)
{
    if (s->parallel) {
        strbuf_printf(out, "%s(team, ", shared);
        print_c_expr(out, s->extent, BIND_ANY);
        strbuf_printf(out, ", %" PRId64 ")", s->grain);
    } else if (plain) {
        strbuf_puts(out, plain);
    } else {
        print_c_expr(out, s->extent, BIND_SUM);
    }
}

/* A loop as often as a test holds: once or not at all. */
static void print_if(StrBuf *out, const KStmt *s, int indent)
{
    StrBuf head = strbuf_new(out->arena);
    strbuf_printf(&head, "%*sif (", indent, "");
    print_c_expr(&head, s->extent, BIND_ANY);
    strbuf_puts(&head, ") {\n");
    print_c_wrapped(out, strbuf_text(&head));
    print_stmts(out, &s->body, indent + 4);
    strbuf_printf(out, "%*s}\n", indent, "");
}

static void print_loop(StrBuf *out, const KStmt *s, int indent)
{
    if (s->extent->dtype == DT_BOOL) {
        print_if(out, s, indent);
        return;
    }
    StrBuf head = strbuf_new(out->arena);
    strbuf_printf(&head, "%*sfor (int64_t %s = ", indent, "", s->name);
    print_bound(&head, s, "grt_from", "0");
    strbuf_printf(&head, "; %s < ", s->name);
    print_bound(&head, s, "grt_to", NULL);
    const bool braces = needs_braces(s);
    if (s->step == 1)
        strbuf_printf(&head, "; %s++)%s\n", s->name, braces ? " {" : "");
    else
        strbuf_printf(&head, "; %s += %" PRId64 ")%s\n", s->name, s->step, braces ? " {" : "");
    print_c_wrapped(out, strbuf_text(&head));
    print_stmts(out, &s->body, indent + 4);
    if (braces)
        strbuf_printf(out, "%*s}\n", indent, "");
}

static void print_stored(StrBuf *out, const KStmt *s)
{
    const DType dtype = s->buffer->type.dtype;
    if (dtype_is_half(dtype))
        strbuf_printf(out, "grt_store_%s(", dtype_info[dtype].name);
    print_c_value(out, s->value, dtype);
    strbuf_puts(out, dtype_is_half(dtype) ? ")" : "");
}

static void print_target(StrBuf *out, const KStmt *s)
{
    strbuf_puts(out, s->buffer->name);
    if (s->buffer->by_element)
        return;
    strbuf_putc(out, '[');
    print_c_index(out, s->buffer, s->index);
    strbuf_putc(out, ']');
}

/* x = x + y and x = x - y of floats: the sign, and y.  C computes x += y as it does x = x + y. */
static const KExpr *find_added(const KExpr *value, DType dtype, char *sign)
{
    const bool is_sum = value->kind == KE_OP && (value->op == OP_add || value->op == OP_sub);
    if (!is_sum || (dtype != DT_F32 && dtype != DT_F64))
        return NULL;
    const KExpr *added = value->args[1];
    const bool negated = value->op == OP_add && added->kind == KE_OP && added->op == OP_neg;
    *sign = value->op == OP_sub || negated ? '-' : '+';
    return negated ? added->args[0] : added;
}

static void print_set(StrBuf *out, const KStmt *s, int indent)
{
    char sign;
    const KExpr *added = find_added(s->value, s->dtype, &sign);
    const KExpr *old = added ? s->value->args[0] : NULL;
    strbuf_printf(out, "%*s%s ", indent, "", s->name);
    if (old && old->kind == KE_TEMP && strcmp(old->name, s->name) == 0) {
        strbuf_printf(out, "%c= ", sign);
        print_c_expr(out, added, BIND_ANY);
    } else {
        strbuf_puts(out, "= ");
        print_c_value(out, s->value, s->dtype);
    }
    strbuf_puts(out, ";\n");
}

/* "= value", or what is added to the element that is there. */
static void print_new_value(StrBuf *out, const KStmt *s)
{
    char sign;
    const KExpr *added = find_added(s->value, s->buffer->type.dtype, &sign);
    const KExpr *old = added ? s->value->args[0] : NULL;
    if (!s->accumulate && old && old->kind == KE_LOAD && old->buffer == s->buffer &&
        kexpr_equal(old->args[0], s->index)) {
        strbuf_printf(out, " %c= ", sign);
        print_c_expr(out, added, BIND_ANY);
        return;
    }
    strbuf_puts(out, s->accumulate ? " += " : " = ");
    print_stored(out, s);
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
        print_new_value(out, s);
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

static void print_gemm(StrBuf *out, const Gemm *g, int indent);

/* An offset in the turn-th of many products that are `step` elements apart. */
static KExpr *in_turn(StrBuf *out, KExpr *offset, KExpr *turn, int64_t step)
{
    return kexpr_add(out->arena, kexpr_mul(out->arena, turn, kexpr_int(out->arena, step)), offset);
}

/* Many products one after the other: a call for each. */
static void print_gemms(StrBuf *out, const Gemm *g, int indent)
{
    Gemm one = *g;
    KExpr *turn = kexpr_index(out->arena, "turn", g->batch->high > 0 ? g->batch->high - 1 : 0);
    one.batch = NULL;
    one.a_offset = in_turn(out, g->a_offset, turn, g->a_step);
    one.b_offset = in_turn(out, g->b_offset, turn, g->b_step);
    one.c_offset = in_turn(out, g->c_offset, turn, g->c_step);
    strbuf_printf(out, "%*sfor (int64_t turn = 0; turn < ", indent, "");
    print_c_expr(out, g->batch, BIND_LESS);
    strbuf_puts(out, "; turn++) {\n");
    print_gemm(out, &one, indent + 4);
    strbuf_printf(out, "%*s}\n", indent, "");
}

/* What a GPU's library makes of the product's elements, for whoever reads the kernels or runs them
 * serially: `for each element: x = c[..] + bias[j]; c[..] = ...`. */
static void print_epilogue(StrBuf *out, const Gemm *g, int indent)
{
    static const char *const forms[] = {
        [GEMM_LINEAR] = "x",
        [GEMM_RELU] = "x <= 0.0f ? 0.0f : x",
        [GEMM_GELU] = "0.5f * x * (1.0f + grt_tanh_f32(0.7978846f * (x + 0.044715f * x * x * x)))"};
    Arena *arena = out->arena;
    KExpr *row = kexpr_index(arena, "row", g->m->high > 0 ? g->m->high - 1 : 0);
    KExpr *column = kexpr_index(arena, "column", g->n->high > 0 ? g->n->high - 1 : 0);
    KExpr *at = kexpr_add(arena, kexpr_mul(arena, row, kexpr_int(arena, g->ldc)), column);
    const KExpr *element = kexpr_load(arena, g->c, kexpr_add(arena, at, g->c_offset));
    strbuf_printf(out, "%*sfor (int64_t row = 0; row < ", indent, "");
    print_c_expr(out, g->m, BIND_LESS);
    strbuf_printf(out, "; row++)\n%*sfor (int64_t column = 0; column < ", indent + 4, "");
    print_c_expr(out, g->n, BIND_LESS);
    strbuf_printf(out, "; column++) {\n%*sconst float x = ", indent + 8, "");
    print_c_expr(out, element, BIND_ANY);
    if (g->bias) {
        strbuf_puts(out, " + ");
        print_c_expr(out, kexpr_load(arena, g->bias, kexpr_add(arena, column, g->bias_offset)),
                     BIND_ANY);
    }
    strbuf_printf(out, ";\n%*s", indent + 8, "");
    print_c_expr(out, element, BIND_ANY);
    strbuf_printf(out, " = %s;\n%*s}\n", forms[g->activation], indent + 4, "");
}

static void print_gemm(StrBuf *out, const Gemm *g, int indent)
{
    const char *const trans[2] = {"CblasNoTrans", "CblasTrans"};
    const bool wide = g->dtype == DT_F64;
    if (g->batch) {
        print_gemms(out, g, indent);
        return;
    }
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
    if (gemm_has_epilogue(g))
        print_epilogue(out, g, indent);
}

/* buffer + where the part begins */
static void print_part(StrBuf *out, const Matrix *m)
{
    KExpr *offset = matrix_offset(out->arena, m);
    strbuf_puts(out, m->buffer->name);
    if (!kexpr_is_int(offset, 0)) {
        strbuf_puts(out, " + ");
        print_c_index(out, m->buffer, offset);
    }
}

static void print_counts(StrBuf *out, KExpr *const *counts, int count)
{
    for (int i = 0; i < count; i++) {
        print_c_expr(out, counts[i], BIND_ANY);
        strbuf_puts(out, ", ");
    }
}

static void print_product(StrBuf *out, const Tiles *t, int indent)
{
    strbuf_printf(out, "%*sgrt_product_%s(", indent, "", dtype_info[t->dtype].name);
    print_counts(out, (KExpr *[]){t->rows, t->columns, t->outer, t->inner}, 4);
    print_part(out, &t->a);
    strbuf_printf(out, ", %" PRId64 ", %" PRId64 ", %" PRId64 ", ", t->a.row_step, t->a.outer_step,
                  t->a.column_step);
    print_part(out, &t->b);
    strbuf_printf(out, ", %" PRId64 ", %" PRId64 ", ", t->b.outer_step, t->b.row_step);
    print_part(out, &t->c);
    strbuf_printf(out, ", %" PRId64 ", ", t->c.row_step);
    print_c_expr(out, t->add, BIND_ANY);
    strbuf_puts(out, ");\n");
}

static void print_pack(StrBuf *out, const Tiles *t, int indent)
{
    strbuf_printf(out, "%*sgrt_pack_%s(", indent, "", dtype_info[t->dtype].name);
    print_counts(out, (KExpr *[]){t->inner, t->columns}, 2);
    print_part(out, &t->b);
    strbuf_printf(out, ", %" PRId64 ", %" PRId64 ", ", t->b.row_step, t->b.column_step);
    print_part(out, &t->c);
    strbuf_printf(out, ", %" PRId64 ");\n", t->c.row_step);
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
        print_set(out, s, indent);
        break;
    case KS_STORE:
        print_store(out, s, indent);
        break;
    case KS_GEMM:
        print_gemm(out, s->gemm, indent);
        break;
    case KS_CONV: /* of a GPU alone: to be read, not compiled */
        strbuf_printf(out, "%*sconv%s(%s, %s, %s);\n", indent, "",
                      s->conv->gradient ? "_gradient" : "", s->conv->x->name, s->conv->b->name,
                      s->conv->out->name);
        break;
    case KS_PRODUCT:
        print_product(out, s->tiles, indent);
        break;
    case KS_PACK:
        print_pack(out, s->tiles, indent);
        break;
    case KS_ARRAY: /* vectors are loaded fastest from where a line of the cache begins */
        strbuf_printf(out, "%*s_Alignas(64) %s %s[%" PRId64 "];\n", indent, "",
                      c_storage_type(s->dtype), s->name,
                      s->buffer->bytes / dtype_info[s->dtype].bytes);
        break;
    case KS_ZERO:
        strbuf_printf(out, "%*smemset(%s, 0, (size_t)(", indent, "", s->buffer->name);
        print_c_expr(out, s->extent, BIND_ANY);
        strbuf_printf(out, ") * sizeof *%s);\n", s->buffer->name);
        break;
    }
}

void print_c_line(StrBuf *out, const KStmt *s, int indent)
{
    StrBuf line = strbuf_new(out->arena);
    print_stmt(&line, s, indent);
    print_c_wrapped(out, strbuf_text(&line));
}

void print_c_comment(StrBuf *out, const KStmt *s, int indent)
{
    if (!s->comment)
        return;
    strbuf_printf(out, "%*s/* ", indent, "");
    text_c_comment(out, s->comment);
    strbuf_puts(out, " */\n");
}

static void print_stmts(StrBuf *out, const KStmtVec *body, int indent)
{
    for (int i = 0; i < body->count; i++) {
        const KStmt *s = body->data[i];
        print_c_comment(out, s, indent);
        if (s->barrier)
            strbuf_printf(out, "%*sgrt_barrier(team);\n", indent, "");
        if (s->single)
            strbuf_printf(out, "%*sif (grt_leads(team))\n", indent, "");
        const int inside = s->single ? indent + 4 : indent;
        if (s->kind == KS_FOR) {
            print_loop(out, s, inside);
            continue;
        }
        print_c_line(out, s, inside);
    }
}

/* ---- kernels ---- */

static void print_parameters(StrBuf *out, const Kernel *k)
{
    int count = 0;
    Arena *arena = out->arena;
    if (k->split)
        add_argument(out, &count, "GrtTeam team");
    if (k->uses_batch)
        add_argument(out, &count, "int64_t batch");
    if (k->uses_random)
        add_argument(out, &count, "GrtRng rng");
    if (k->uses_fault)
        add_argument(out, &count, "GrtFault *fault");
    for (int i = 0; i < k->turns.count; i++)
        add_argument(out, &count, arena_printf(arena, "int64_t %s", k->turns.data[i]));
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

void print_c_kernel_text(StrBuf *out, const Kernel *k)
{
    print_parameters(out, k);
    strbuf_puts(out, "{");
    print_stmts(out, &k->body, 4);
}

/* Up to the next space that stands outside of brackets: "f32[batch, 10]" is one word. */
static size_t word_length(const char *text)
{
    size_t length = 0;
    for (int depth = 0; text[length] && (text[length] != ' ' || depth > 0); length++)
        depth += (text[length] == '[') - (text[length] == ']');
    return length;
}

/* The words of one equation, or of a note, in lines of at most WIDTH; later ones are indented. */
static void print_equation(StrBuf *out, const char *text)
{
    size_t column = 3;
    for (bool first = true; *text; first = false) {
        size_t gap = strspn(text, " "), length = word_length(text + gap);
        if (!first && column + gap + length + 3 > WIDTH) {
            strbuf_puts(out, "\n *    ");
            column = 6;
            text += gap;
            gap = 0;
        }
        strbuf_write(out, text, gap + length);
        column += gap + length;
        text += gap + length;
    }
}

/* One line for each equation ("; " parts them); behind the last its type and line of the model. */
void print_c_kernel_comment(StrBuf *out, const Kernel *k)
{
    const char *part = k->comment ? k->comment : k->name, *end;
    strbuf_puts(out, "/* ");
    do {
        end = strstr(part, "; ");
        StrBuf line = strbuf_new(out->arena);
        const size_t length = end ? (size_t)(end - part) : strlen(part);
        text_c_comment(&line, arena_strndup(out->arena, part, length));
        if (!end && k->loc.file) {
            strbuf_puts(&line, "    ");
            text_c_comment(&line, path_base(k->loc.file->path));
            strbuf_printf(&line, ":%d", loc_line(k->loc));
            if (k->others > 0)
                strbuf_printf(&line, " and %d more", k->others);
        }
        print_equation(out, strbuf_text(&line));
        strbuf_puts(out, end ? "\n * " : "");
        part = end ? end + 2 : NULL;
    } while (end);
    if (k->note) {
        StrBuf note = strbuf_new(out->arena);
        text_c_comment(&note, k->note);
        strbuf_puts(out, "\n * ");
        print_equation(out, strbuf_text(&note));
    }
    strbuf_puts(out, " */\n");
}

static void print_head(StrBuf *out, const Kernel *k)
{
    StrBuf line = strbuf_new(out->arena);
    strbuf_printf(&line, "static void %s(", k->name);
    print_parameters(&line, k);
    strbuf_puts(&line, ")\n");
    print_c_wrapped(out, strbuf_text(&line));
}

void print_c_kernel(StrBuf *out, const Kernel *k, const PrintOptions *options)
{
    (void)options;
    print_c_kernel_comment(out, k);
    print_head(out, k);
    strbuf_puts(out, "{\n");
    print_stmts(out, &k->body, 4);
    strbuf_puts(out, "}\n");
}
