/* print_expr.h -- scalar expressions as C: see print_expr.c. */
#ifndef GRADC_PRINT_EXPR_H
#define GRADC_PRINT_EXPR_H

#include "codegen/kernel.h"

/* The C type of a stored element, and of a value in a local (f16 and bf16 are computed in float).
 */
const char *c_storage_type(DType dtype);
const char *c_value_type(DType dtype);

void print_c_number(StrBuf *out, Scalar value);
/* The same as an element of a stored table: f16 and bf16 as their bits. */
void print_c_element(StrBuf *out, Scalar value);
/* An expression, in parentheses where its operators bind less tightly than `binding`. */
void print_c_expr(StrBuf *out, const KExpr *x, int binding);
/* An expression to be kept as a value of dtype: cast where C's promotions made it wider. */
/* An index into the buffer, rows first: (j * 4 + 1) * 64 + k. */
void print_c_index(StrBuf *out, const Buffer *buffer, const KExpr *index);
/* Prints a statement, with its indentation and newline, in lines of at most 100 columns. */
void print_c_wrapped(StrBuf *out, const char *text);
void print_c_value(StrBuf *out, const KExpr *x, DType dtype);
/* A host scalar's tree; `name_of` gives the name of a node that has its own line, or NULL. */
void print_c_host(StrBuf *out, const Node *n, const char *(*name_of)(const Node *, const void *),
                  const void *context, int binding);

/* Of routines: where an input or source is in run->inputs; the lines of the host scalars; is the
 * number of samples read? */
int print_input_position(const Model *m, int var);
void print_c_hosts(StrBuf *out, const Routine *r);
bool print_uses_batch(const Routine *r);
bool print_is_among(const BufferVec *buffers, const Buffer *b);
/* The indentation of what stands in this loop of kernels (-1: in none); the loops that begin with
 * the kernel at this position, and those that end behind it. */
int print_loop_indent(const Routine *r, int loop);
void print_loop_heads(StrBuf *out, const Routine *r, int position);
void print_loop_ends(StrBuf *out, const Routine *r, int position);

/* How tightly C's operators bind, loosest first. */
enum {
    BIND_ANY,
    BIND_SELECT,
    BIND_OR,
    BIND_AND,
    BIND_EQUAL,
    BIND_LESS,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_UNARY,
    BIND_CALL
};

#endif
