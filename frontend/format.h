/* format.h -- a model file in the one style: `gradc fmt`.
 *
 *     y=f( a,b )   # why        ->        y = f(a, b) # why
 *
 * Only blanks and line breaks change: line breaks are the author's, but for lines that are longer
 * than FORMAT_WIDTH; docs/language.md has the rules.  What comes out has the tree and the comments
 * of what went in, and formatted again stays as it is. */
#ifndef GRADC_FORMAT_H
#define GRADC_FORMAT_H

#include "frontend/ast.h"

enum { FORMAT_WIDTH = 100 };

/* Appends the formatted text of a file to out.  False where the file has syntax errors, which diag
 * then has.  That the result means the same is checked, and an ice() if not. */
bool format_source(Arena *arena, const SourceFile *file, Diag *diag, StrBuf *out);

#endif
