/* format_item.h -- what format.c lays out: tokens and comments, in order; private to the formatter.
 *
 *     x = 1 # why    ->    NAME '=' INT ITEM_COMMENT END */
#ifndef GRADC_FORMAT_ITEM_H
#define GRADC_FORMAT_ITEM_H

#include "frontend/syntax.h"

enum { ITEM_COMMENT = -1 };

typedef struct Item {
    int kind; /* the token's, or ITEM_COMMENT */
    const char *text;
    int size;         /* bytes */
    int width;        /* columns */
    int column;       /* in the file as it was, tabs expanded */
    int blanks;       /* columns between it and what stands before it on its line */
    int lines_before; /* line ends between it and the item before: 0, 1, or 2 for blank lines */
    bool begins;      /* a statement */
    bool unary;       /* '-' before its operand */
    bool slice;       /* ':' between the parts of a slice, not before a type */
    bool open;        /* stands on a line of its own, whatever the file had */
    int depth;        /* of brackets ( and [ around it, in its statement */
    int partner;      /* of a bracket: where the other one is */
    int pad;          /* blanks that align it with its neighbours, beside the one it gets */
} Item;

typedef Vec(Item) ItemVec;

/* The items of a file without syntax errors, END last. */
ItemVec format_items(Arena *arena, const SourceFile *file);
/* Whether a blank stands between two items on a line. */
bool format_spaced(const Item *before, const Item *item);
/* Sets `pad` of what the author aligned with the lines around it. */
void format_align(Arena *arena, ItemVec *items);
/* How good a line break before items[i] is, where 0 is best; -1 where there can be none. */
int format_break_cost(const ItemVec *items, int i);

#endif
