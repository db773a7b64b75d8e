/* touch.h -- which bytes statements touch, and which thread of a team does: see team.c. */
#ifndef GRADC_TOUCH_H
#define GRADC_TOUCH_H

#include "codegen/kernel.h"

typedef enum Toucher {
    BY_ONE,   /* the first thread */
    BY_ALL,   /* every thread, the same bytes */
    BY_SOME,  /* a thread for each turn of a split loop: which one, is not known of a byte */
    BY_OWNERS /* likewise, and turn i touches bytes [i * row, (i + step) * row) alone */
} Toucher;

typedef struct Touch {
    BufferPlace place;
    int64_t begin, end; /* bytes from the place's base */
    bool write;
    Toucher by;
    const KStmt *loop; /* BY_SOME, BY_OWNERS: the split loop */
    int64_t row;       /* BY_OWNERS */
} Touch;

typedef Vec(Touch) Touches;

/* True if turn i of the loop uses this index in [i * factor, (i + step) * factor) alone. */
bool touch_is_owned(const KExpr *index, const KStmt *loop, int64_t *factor);
/* What the statement touches.  split: the split loop around it or that it is; NULL: none, and `by`
 * says whose it is. */
void touch_statement(Arena *arena, Touches *touches, const KStmt *s, const KStmt *split,
                     Toucher by);
void touch_buffer(Arena *arena, Touches *touches, const Buffer *b, bool write, Toucher by);
/* May the two not happen in any order, or at the same time? */
bool touch_conflicts(const Touch *a, const Touch *b);

#endif
