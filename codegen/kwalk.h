/* kwalk.h -- looking through, and writing anew, all expressions of a statement.
 *
 *     kwalk_any(x, is_load, NULL)              does x load anything?
 *     kwalk_stmts_any(body, is_index, "i")     does a statement of the body, or of a loop in it,
 * read i?
 *
 * What is looked through are extents, indices and values; calls of libraries and tiles have more.
 */
#ifndef GRADC_KWALK_H
#define GRADC_KWALK_H

#include "codegen/kernel.h"

typedef bool KExprTest(const KExpr *x, const void *context);

/* Is the test true of x or of an expression in it?  Of NULL it is not. */
bool kwalk_any(const KExpr *x, KExprTest *test, const void *context);
bool kwalk_stmt_any(const KStmt *s, KExprTest *test, const void *context);
bool kwalk_stmts_any(const KStmtVec *body, KExprTest *test, const void *context);

/* Does the loop variable of that name stand in x, or in the body? */
bool kwalk_mentions(const KExpr *x, const char *index);
bool kwalk_stmts_mention(const KStmtVec *body, const char *index);

/* x, or another expression in its place. */
typedef KExpr *KExprRewrite(Arena *arena, KExpr *x, const void *context);

/* New statements with rewritten expressions, appended to out; the old ones stay as they are.  Only
 * of LET, SET, STORE, FOR, ARRAY. */
void kwalk_rewrite(Arena *arena, KStmtVec *out, const KStmtVec *body, KExprRewrite *rewrite,
                   const void *context);

#endif
