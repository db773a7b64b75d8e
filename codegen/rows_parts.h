/* rows_parts.h -- a kernel of rows under construction: what lower_rows.c (all rows),
 * lower_row_loop.c (one loop over a row), lower_totals.c (sums over all rows) and, for a GPU,
 * gpu_rows.c and gpu_row_totals.c share; private to them. */
#ifndef GRADC_ROWS_PARTS_H
#define GRADC_ROWS_PARTS_H

#include "codegen/rows.h"

typedef struct Member {
    const Node *n;
    bool total, folded;
    int loop_rank; /* its loop over the row; 0: none */
    int loop_axes[MAX_RANK];
    const Type *loop_type;
    DType dtype;   /* of a total or a fold that is under way */
    KExpr *sum;    /* it, where it is one number; */
    Buffer *lanes; /* or several lanes of it */
    Buffer *parts; /* of a total: by chunk and element of the row */
    KExpr *all;    /* of a total that is one number, in one chunk */
    /* For a GPU: the part of a total that a chunk adds up, in an array of the team's or in parts;
     * gpu_row_totals.c. */
    Buffer *sums;
    bool in_array;
} Member;

typedef struct Rows {
    Lowering *l;
    const Group *group;
    Member members[GROUP_ROOTS];
    int count, last_phase;
    KExpr *outer[MAX_RANK]; /* the index of each outer axis */
    int64_t chunks;
    KExpr *chunk;
    /* Of the open loop: how many of its last axes are one, the size of that, lanes along it. */
    int merged;
    int64_t last_size;
    int width;
    KExpr *lane; /* the index of the lane, or NULL */
    /* For a GPU: threads that share a row (1: each thread has rows of its own); 0: C.  And bytes
     * that are left for rows that they share. */
    int team;
    int64_t room;
    bool columns;   /* each thread has an element of many rows: */
    KExpr **within; /* this one */
} Rows;

/* lower_rows.c: the group's members; an array for what crosses loops; all loops over one row. */
void rows_collect_members(Rows *r);
void rows_make_array(Rows *r, const Member *m);
void rows_emit_row(Lowering *l, void *rows);
/* Could all of the row be in an array of the kernel's own? */
bool rows_wants_array(const Rows *r, const Member *m);
/* The extent of an axis at the batch bound, and of the loop's part of a member. */
int64_t rows_bound(const Lowering *l, Dim dim);
int64_t rows_row_size(const Lowering *l, const Member *m);
/* The index of an element of a shape with these axes; within[i] is that of the loop's axis i. */
void rows_index(const Rows *r, const Type *type, const Axes *at, KExpr *const *within,
                KExpr **index);
void rows_store(Rows *r, const Node *n, KExpr *const *index, KExpr *value);
/* A value becomes known under its name, and stored where it has a place.  One number of a row is a
 * local in any case; one within a loop over it, if it is wanted there. */
void rows_keep(Rows *r, const Node *n, KExpr *const *index, KExpr *value, bool within);
/* What a total or a fold is before its first term. */
KExpr *rows_start(const Rows *r, const Member *m);

/* lower_row_loop.c.  Computes what does not change along the row (or, with rows false, in the whole
 * kernel) before its loops; a loop: the members of this phase that run over what the leader does.
 */
void rows_hoist(Rows *r, const Member *m, bool rows);
bool rows_is_in(const Rows *r, const Member *m, int phase, const Member *leader);
void rows_emit_elements(Rows *r, int phase, const Member *leader, KExpr *const *within);
void rows_emit_loop(Rows *r, int phase, const Member *leader);

/* lower_totals.c, in the order of the calls: how many chunks of rows; where each total is kept;
 * behind the head of a chunk; behind its rows; behind all chunks. */
int64_t rows_choose_chunks(const Rows *r);
void rows_place_total(Rows *r, Member *m);
void rows_start_totals(Rows *r);
KExpr *rows_part_place(const Rows *r, const Member *m, KExpr *const *within);
void rows_store_parts(Rows *r);
void rows_join_total(Rows *r, Member *m);

/* gpu_rows.c: a loop over the row, shared by the team; an argmax or argmin of the row. */
void gpu_rows_open_loop(Rows *r, const Member *leader, KExpr **within);
void gpu_rows_find_extreme(Rows *r, const Member *m);

/* gpu_row_totals.c, in the order of the calls: */
void gpu_rows_place_total(Rows *r, Member *m, int64_t rows_of_chunk);
void gpu_rows_start_total(Rows *r, Member *m);
void gpu_rows_add_to_total(Rows *r, const Member *m, KExpr *const *within, KExpr *value);
void gpu_rows_store_part(Rows *r, Member *m);
void gpu_rows_join_totals(Rows *r);
void gpu_rows_for_totals(Rows *r, void (*rule)(Rows *r, Member *m));

/* gpu_columns.c: elements and totals of columns alone. */
void gpu_columns_lower(Rows *r);

/* Rows with products around them, for a GPU: whole rows at a time (gpu_attention.c), or by blocks
 * of queries and keys (gpu_flash.c). */
void gpu_attention_lower(Rows *r);
void gpu_flash_lower(Rows *r);

#endif
