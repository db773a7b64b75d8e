/* replace.h -- statements and expressions with other indices in the place of loop variables. */
#ifndef GRADC_REPLACE_H
#define GRADC_REPLACE_H

#include "codegen/kernel.h"

/* Loop variables by name, and what stands for them. */
typedef struct Replacement {
    const char *name;
    KExpr *by;
} Replacement;

KExpr *replace_in_expr(Arena *arena, KExpr *x, const Replacement *with, int count);
/* New statements, appended; the old ones stay as they are.  Only of LET, SET, STORE, FOR, ARRAY. */
void replace_in_stmts(Arena *arena, KStmtVec *out, const KStmtVec *body, const Replacement *with,
                      int count);

#endif
