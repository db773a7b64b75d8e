/* einsum_read.c -- the equation of einsum, as torch.einsum reads it.
 *
 *     "bij,bjk->bik"     two operands of three axes, and what the result has
 *     "ij,jk"            no arrow: the labels that stand once, in alphabetical order
 *     "...ij,...j"       leading axes broadcast; without an arrow they come first
 *     "ii->i"            a label that stands twice in a term: the diagonal */
#include "frontend/einsum.h"

#include <ctype.h>
#include <string.h>

static int label_of(char letter)
{
    return letter <= 'Z' ? letter - 'A' : letter - 'a' + 26;
}

const char *einsum_label(const Einsum *es, int label)
{
    if (label >= EINSUM_LETTERS)
        return "...";
    return arena_printf(elab_arena(es->call->e), "%c", label < 26 ? 'A' + label : 'a' + label - 26);
}

static bool read_fail(Einsum *es, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool read_fail(Einsum *es, const char *label, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(elab_arena(es->call->e), format, args);
    va_end(args);
    call_fail(es->call, 0, label, "%s", message);
    return false;
}

/* ---- the text ---- */

/* One term, from *text on, to a comma, an arrow or the end. */
static bool read_term(Einsum *es, const char **text, Term *term)
{
    const char *start = *text, *c = start;
    *term = (Term){.ellipsis = -1};
    while (*c && *c != ',' && *c != '-') {
        if (*c == ' ') {
            c++;
        } else if (strncmp(c, "...", 3) == 0) {
            if (term->ellipsis >= 0)
                return read_fail(es, NULL, "einsum: a term has two ellipses");
            term->ellipsis = term->count;
            c += 3;
        } else if (!isalpha((unsigned char)*c)) {
            return read_fail(es, "labels are letters, as in \"ij,jk->ik\"",
                             isprint((unsigned char)*c) ? "einsum: '%c' is no label"
                                                        : "einsum: the byte %d is no label",
                             *c);
        } else if (term->count == EINSUM_TERM) {
            return read_fail(es, NULL, "einsum: a term has more than %d labels", EINSUM_TERM);
        } else {
            term->labels[term->count++] = label_of(*c++);
        }
    }
    term->text = arena_strndup(elab_arena(es->call->e), start, (size_t)(c - start));
    *text = c;
    return true;
}

static bool read_equation(Einsum *es, const char *text)
{
    int commas = 0;
    for (const char *c = text; *c; c++)
        commas += *c == ',';
    es->terms = arena_array(elab_arena(es->call->e), Term, commas + 1);
    do {
        text += es->count > 0; /* the comma */
        if (!read_term(es, &text, &es->terms[es->count++]))
            return false;
    } while (*text == ',');
    es->implied = *text == '\0';
    if (es->implied)
        return true;
    if (text[1] != '>')
        return read_fail(es, "the result stands behind \"->\"", "einsum: '-' is no label");
    text += 2;
    if (!read_term(es, &text, &es->result))
        return false;
    return !*text || read_fail(es, NULL, "einsum: the result is one term, the last");
}

/* ---- the operands ---- */

/* In one dtype; a list that stands for all of them is opened. */
static bool read_operands(Einsum *es)
{
    Elab *e = es->call->e;
    int count = es->call->rest.count;
    const Value *given = es->call->rest.data;
    DType dtype = DT_BOOL;
    if (count != es->count)
        given = call_rest(es->call, &count);
    if (count != es->count)
        return read_fail(es, NULL, "einsum: the equation has %d operand%s, but %d %s given",
                         es->count, es->count == 1 ? "" : "s", count, count == 1 ? "is" : "are");
    es->operands = arena_array(elab_arena(e), Node *, count);
    for (int i = 0; i < count; i++) {
        const Loc loc = es->call->rest_locs.data[i < es->call->rest_locs.count ? i : 0];
        es->operands[i] = value_to_tensor(e, &given[i], loc);
        if (!es->operands[i])
            return false;
        dtype = dtype_promote(dtype, es->operands[i]->type.dtype);
    }
    if (dtype == DT_BOOL) {
        call_fail(es->call, -1, "convert them: f32(...)", "einsum cannot multiply bools");
        return false;
    }
    for (int i = 0; i < count; i++)
        es->operands[i] = graph_cast(elab_graph(e), es->operands[i], dtype);
    return true;
}

/* Puts `axes` labels for the ellipsis into the term. */
static void open_ellipsis(Term *term, int axes)
{
    memmove(&term->labels[term->ellipsis + axes], &term->labels[term->ellipsis],
            (size_t)(term->count - term->ellipsis) * sizeof term->labels[0]);
    for (int i = 0; i < axes; i++)
        term->labels[term->ellipsis + i] = EINSUM_LETTERS + axes - 1 - i;
    term->count += axes;
}

static bool fit_term(Einsum *es, int i)
{
    Term *term = &es->terms[i];
    const Node *x = es->operands[i];
    const int rank = x->type.rank, hidden = rank - term->count;
    if (hidden < 0 || (hidden > 0 && term->ellipsis < 0))
        return read_fail(es, hidden > 0 ? "'...' stands for the axes that have no label" : NULL,
                         "einsum: '%s' labels %d ax%s, but operand %d is %s", term->text,
                         term->count, term->count == 1 ? "is" : "es", i + 1,
                         call_type_text(es->call, x));
    if (term->ellipsis >= 0)
        open_ellipsis(term, hidden);
    return true;
}

/* ---- sizes ---- */

static const char *size_text(Einsum *es, Dim d)
{
    if (!d.batch)
        return arena_printf(elab_arena(es->call->e), "%lld", (long long)d.size);
    return d.size == 1 ? "batch"
                       : arena_printf(elab_arena(es->call->e), "%lld*batch", (long long)d.size);
}

/* A label of size 1 broadcasts, as in PyTorch. */
static bool bind_sizes(Einsum *es, int i)
{
    const Term *term = &es->terms[i];
    const Type *type = &es->operands[i]->type;
    for (int axis = 0; axis < type->rank; axis++) {
        const int label = term->labels[axis];
        const Dim d = type->dims[axis], had = es->sizes[label];
        if (es->from[label] < 0 || dim_is_one(had)) {
            es->sizes[label] = d;
            es->from[label] = i;
        } else if (!dim_is_one(d) && !dim_equal(d, had)) {
            return read_fail(es, NULL,
                             "einsum: label '%s' is %s in operand %d, %s, but %s in operand %d, %s",
                             einsum_label(es, label), size_text(es, had), es->from[label] + 1,
                             call_type_text(es->call, es->operands[es->from[label]]),
                             size_text(es, d), i + 1, call_type_text(es->call, es->operands[i]));
        }
    }
    return true;
}

/* ---- the result ---- */

static int most_hidden(const Einsum *es)
{
    int axes = 0;
    while (axes < MAX_RANK && es->from[EINSUM_LETTERS + axes] >= 0)
        axes++;
    return axes;
}

/* Ellipses, and the letters that stand once. */
static void imply_result(Einsum *es)
{
    int times[EINSUM_LABELS] = {0};
    for (int i = 0; i < es->count; i++)
        for (int k = 0; k < es->terms[i].count; k++)
            times[es->terms[i].labels[k]]++;
    es->result = (Term){.ellipsis = 0};
    for (int label = 0; label < EINSUM_LETTERS; label++)
        if (times[label] == 1)
            es->result.labels[es->result.count++] = label;
}

static bool check_result(Einsum *es)
{
    bool seen[EINSUM_LABELS] = {false};
    const Term *r = &es->result;
    for (int k = 0; k < r->count; k++) {
        const char *label = einsum_label(es, r->labels[k]);
        if (es->from[r->labels[k]] < 0)
            return read_fail(es, NULL, "einsum: label '%s' of the result is in no operand", label);
        if (seen[r->labels[k]])
            return read_fail(es, NULL, "einsum: label '%s' stands twice in the result", label);
        seen[r->labels[k]] = true;
    }
    if (r->count <= MAX_RANK)
        return true;
    return read_fail(es, NULL, "einsum: the result would have %d axes, more than %d", r->count,
                     MAX_RANK);
}

bool einsum_read(Call *call, Einsum *es)
{
    *es = (Einsum){.call = call};
    if (call->args[0].kind != VALUE_STRING)
        return read_fail(es, "einsum(\"ij,jk->ik\", a, b)", "einsum needs an equation, not %s",
                         value_describe(call->e, &call->args[0]));
    for (int label = 0; label < EINSUM_LABELS; label++)
        es->from[label] = -1;
    if (!read_equation(es, call->args[0].text) || !read_operands(es))
        return false;
    for (int i = 0; i < es->count; i++)
        if (!fit_term(es, i) || !bind_sizes(es, i))
            return false;
    if (es->implied)
        imply_result(es);
    if (es->result.ellipsis >= 0)
        open_ellipsis(&es->result, most_hidden(es));
    return check_result(es);
}
