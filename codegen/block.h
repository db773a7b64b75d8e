/* block.h -- a kernel under construction: statements are appended to the innermost open block.
 *
 *     KExpr *i = block_open_loop(b, extent);      for (int64_t i = 0; i < extent; i++) {
 *     block_store(b, y, i, value);                    y[i] = value;
 *     block_close(b);                             } */
#ifndef GRADC_BLOCK_H
#define GRADC_BLOCK_H

#include "codegen/names.h"

enum { MAX_LOOPS = 64 };

typedef struct Block {
    Arena *arena;
    Kernel *kernel;
    Names *names;        /* of the kernel's locals */
    const char *comment; /* for the next statement */
    int depth;           /* loops open */
    KStmt *loops[MAX_LOOPS];
} Block;

void block_start(Block *b, Arena *arena, Kernel *kernel);

/* The variable of a new loop from 0 to extent; what follows is its body. */
KExpr *block_open_loop(Block *b, KExpr *extent);
/* The same in steps: the variable is 0, step, 2 step ... below the extent. */
KExpr *block_open_steps(Block *b, KExpr *extent, int64_t step);
void block_close(Block *b);

/* A local that holds value: its name is made from `text`. */
KExpr *block_let(Block *b, const char *text, KExpr *value);
/* The same in the outermost loop in which all that the value is made of is known: for what must not
 * be computed again in each turn, and has no condition. */
KExpr *block_let_outside(Block *b, const char *text, KExpr *value);
KExpr *block_let_mutable(Block *b, const char *text, KExpr *value);
void block_set(Block *b, const KExpr *temp, KExpr *value);
/* An array for use until the block around it closes; of constant size, without values yet. */
Buffer *block_array(Block *b, const char *text, const Type *type);
void block_store(Block *b, Buffer *buffer, KExpr *index, KExpr *value);
void block_accumulate(Block *b, Buffer *buffer, KExpr *index, KExpr *value);
void block_conv(Block *b, Conv *conv);
void block_gemm(Block *b, Gemm *gemm);
void block_product(Block *b, Tiles *tiles);
void block_pack(Block *b, Tiles *tiles);

/* After the last statement: what the kernel reads, writes and takes, from its statements. */
void kernel_summarize(Kernel *kernel, Arena *arena);

#endif
