/* lower_rules.h -- one graph on its way to a routine, and the rules of the operations.
 *
 * A rule answers: the value of one element of this node at these index expressions.  Views answer
 * with an element of their operand at other indices; elementwise operations build an expression;
 * reductions and products append their loops and answer with the local that holds the total.  What
 * fills a buffer in an order of its own (lower_fills) stores its elements itself. */
#ifndef GRADC_LOWER_RULES_H
#define GRADC_LOWER_RULES_H

#include "codegen/axes.h"
#include "codegen/block.h"

typedef struct NodeInfo {  /* by node id */
    bool live;             /* a result needs it */
    int uses;              /* as an operand of live nodes, and as a result */
    int cost, size, depth; /* of computing an element where it is used: see fuse.c */
    bool feeds_expand, feeds_contract, feeds_guard, feeds_border, feeds_loop, feeds_permute;
    bool indexes;      /* computing it may find an index out of range */
    bool root;         /* it has a buffer of its own */
    bool write, value; /* it is a result of this kind */
    bool let;          /* its value becomes a local wherever it is computed */
    bool escapes;      /* a root that another group, or another element, needs */
    int group;         /* of a root: position in Lowering.groups */
    int seen;          /* the last search that came here, */
    Axes seen_at;      /* and where it did */
    /* Of a member of a group of rows (rows.h): */
    Axes site;        /* which axes of what it runs over are outer ones */
    int phase;        /* of its loop, or of the loops before it */
    bool crosses;     /* it is read outside of its loop, or elsewhere in the row */
    bool scattered;   /* it is read at places in the row that the loop's do not tell */
    Buffer *array;    /* where its row is, if it has no buffer */
    const Node *home; /* or the result where it lies until that is made, */
    bool houses;      /* which does not house two */
    const char *hint; /* a name, where it has none of its own */
    const char *host; /* the host scalar that holds it */
    Buffer *buffer;   /* where its elements are, once lowered; of a slot: the variable */
    int memo;         /* the latest entry of Lowering.memo for it; 0: none */
    BufferVec copies; /* of a result of a body: where else its elements are stored */
    Buffer **outs;    /* of a scan: where each of its results is */
} NodeInfo;

enum { GROUP_ROOTS = 16 }; /* at most, in one kernel */

typedef enum GroupKind { /* of the kernel; a root's is the first that can begin with it */
                         GROUP_LOOP,    /* a loop of kernels */
                         GROUP_FILL,    /* fills a buffer in an order of its own */
                         GROUP_PRODUCT, /* a contract */
                         GROUP_ROWS, /* what shares its outer axes, reductions among it: rows.h */
                         GROUP_COLUMNS, /* a sum over axes around others */
                         GROUP_TOTALS,  /* long sums to one number, and elements of their shape */
                         GROUP_TOTAL,   /* any other reduction */
                         GROUP_ELEMENTS /* one pass over a shape that all roots have */
} GroupKind;

typedef enum BlockKind {
    BLOCK_INTO,  /* rows are made of it: s = q k^T */
    BLOCK_OF,    /* it is made of rows: o = p v */
    BLOCK_SUMMED /* likewise, summed over the rows: dv = p^T do */
} BlockKind;

typedef struct BlockProduct { /* a contract in a group of rows: fuse_blocks.c */
    const Node *n;
    BlockKind kind;
    int columns;    /* the operand that has the columns */
    int query, key; /* labels: the last of the group's outer axes, and that along the row; */
    int other;      /* the one that is summed over to make rows, or the column of what is made */
} BlockProduct;

enum { BLOCK_PRODUCTS = 4 }; /* of either sort in a group, at most */

typedef struct Group { /* roots computed by one kernel, in order */
    GroupKind kind;
    const Node *first; /* that began it; a root no longer if only the group itself reads it */
    NodeVec roots;
    /* Of rows (rows.h): the roots and what became local, in order; the outer axes. */
    NodeVec members;
    Dim outer[MAX_RANK];
    int outer_count;
    Vec(BlockProduct) products; /* around its rows */
    bool by_keys;               /* for a GPU: rows are never whole (gpu_flash.c) */
} Group;

typedef struct Memo { /* the element of a node that is already in a local of an open block */
    const Node *node;
    KExpr *index[MAX_RANK];
    KExpr *value;
    int before; /* the entry for this node before this one */
} Memo;

typedef struct Lowering Lowering;
struct Lowering {
    Arena *arena;
    Program *program;
    const Graph *graph;
    Routine *routine;
    const LowerOptions *options;
    int64_t batch_bound; /* 1 at least */
    NodeInfo *info;
    Vec(Group) groups;
    Buffer **var_buffers; /* by index into Model.vars; NULL until used */
    Names *buffer_names, *kernel_names, *const_names;
    int fault_group;           /* of a training step: the last with an index that may be wrong */
    Block block;               /* the kernel under construction */
    int search;                /* searches of fuse.c so far */
    int guarded;               /* > 0 inside an element that is read only under a condition */
    Vec(Memo) memo;            /* entry 0 is none */
    int memo_marks[MAX_LOOPS]; /* entries there were when the loop at each depth was opened */
    /* Of the body of a scan: */
    Lowering *outer;
    const Node *scan; /* in the graph of outer */
    KExpr *turn;
    int loop;      /* position in routine->loops; -1 outside of all */
    bool backward; /* part of a gradient */
};

/* fuse_blocks.c: the tensor of rows that the product makes, or is made of; and which of the group's
 * outer axes a label is, or -1. */
const Node *block_rows(const BlockProduct *b);
int block_outer_axis(const Lowering *l, const BlockProduct *b, int label);

/* From fused groups to kernels: lower.c.  A body's results are placed by lower_scan.c. */
void lower_groups(Lowering *l);
/* lower_kernels.c: one group, as the rule of its kind says. */
void lower_group(Lowering *l, const Group *group);
Kernel *lower_start_kernel(Lowering *l, const char *name, Loc loc);
void lower_end_kernel(Lowering *l, Kernel *kernel);
/* Would a variable be read after the kernel that makes its new value had stored that there? */
bool lower_is_read_too_late(Lowering *l, int slot, const Node *writer);

/* lower_scan.c: buffers for what the graph's scans carry and yield, and a scan as a loop of
 * kernels.
 */
void lower_make_loop_buffers(Lowering *l);
void lower_place_results(Lowering *l);
void lower_copy_results(Lowering *l);
void lower_scan(Lowering *l, const Node *scan);
/* The outermost lowering before whose loop an element of the buffer can be read that the kernel at
 * work reads, because no turn changes it; l itself if each turn may find another. */
Lowering *lower_before_loops(Lowering *l, const Buffer *buffer, const KExpr *place);
/* Ends a kernel of `outer` that stands before the loop in which l is. */
void lower_end_before_loop(Lowering *outer, const Lowering *l, Kernel *kernel);
/* The elements drawn in the turns before this one are this many times those of a turn. */
KExpr *lower_turn_number(const Lowering *l);

/* The value of an element: from its buffer, a local, or by its rule. */
KExpr *lower_value(Lowering *l, const Node *n, KExpr *const *index);
/* By its rule, though it has a buffer. */
KExpr *lower_by_rule(Lowering *l, const Node *n, KExpr *const *index);

/* From here on in the open block, this is the value of the element. */
void lower_remember(Lowering *l, const Node *n, KExpr *const *index, KExpr *value);
/* What was remembered behind the first so many (Lowering.memo) is forgotten. */
void lower_forget(Lowering *l, int memos);

/* In the loops over its shape: computes all values of the group's roots before it stores the first,
 * for a store may change what another reads.  Of a total: what is to be added. */
void lower_store_elements(Lowering *l, const Group *group, KExpr *const *index, KExpr **values);

/* Loops, closed with the locals made in them. */
KExpr *lower_open_loop(Lowering *l, KExpr *extent);
KExpr *lower_open_steps(Lowering *l, KExpr *extent, int64_t step);
KExpr *lower_open_dim(Lowering *l, Dim dim); /* 0, and no loop, where the size is 1 */
void lower_close(Lowering *l, int depth);    /* until only `depth` loops are open */
KExpr *lower_extent(Lowering *l, Dim dim);

/* The position of an element in row-major storage at the batch bound. */
KExpr *lower_offset(Lowering *l, const Type *type, KExpr *const *index);
/* The place of an element of a value of this type in its buffer, which may stack it by turns. */
KExpr *lower_place(Lowering *l, const Buffer *buffer, const Type *type, KExpr *const *index);
/* The same in an array that has but a part of it: axes that are of size 1 there count for nothing.
 */
KExpr *lower_array_place(Lowering *l, const Buffer *array, KExpr *const *index);
/* The neutral start of a sum, prod, max or min, and one more step of it. */
Scalar lower_start(Op op, DType dtype);
KExpr *lower_step(Lowering *l, Op op, KExpr *total, KExpr *x);
/* One more step of an argmax or argmin: the value at `here` against the locals best and at. */
void lower_extreme_step(Lowering *l, Op op, KExpr *value, KExpr *here, KExpr *best, KExpr *at);
/* The dtype in which a reduction's total is kept. */
DType lower_total_dtype(const Lowering *l, const Node *n);
/* A sum of so many f32 terms that one at a time would lose them (the millionth 0.1 is added to
 * 1e5): its total is kept in f64.  A matter of the type alone, so that -O0 and -O1 agree. */
bool lower_sums_wide(const Lowering *l, const Node *n);
/* A sum that keeps the last axis, whose elements lie side by side. */
bool lower_sums_columns(const Lowering *l, const Node *n);
/* Its rule stores the whole tensor, loops included, and answers with no element: running totals,
 * and scatters that add up. */
bool lower_fills(const Node *n);
/* by_label[letter - 'a'] becomes the index of the axis with that letter; and back (NULL where no
 * axis had it). */
void lower_bind_labels(const char *labels, KExpr *const *index, KExpr **by_label);
void lower_find_labels(const char *labels, KExpr *const *by_label, KExpr **index);
/* The element of a product's operand where each label has the given index. */
KExpr *lower_operand(Lowering *l, const Node *n, int operand, KExpr *const *by_label);
/* Of a gather or scatter: the place along the indexed axis, of this size, where the labels have
 * their indices. */
KExpr *lower_index_place(Lowering *l, const Node *n, KExpr *const *by_label, int64_t size);
/* A new buffer in work memory. */
Buffer *lower_new_buffer(Lowering *l, const char *prefix, const char *text, const Type *type,
                         Loc loc);
const char *lower_name(const Lowering *l, const Node *n);
/* The model has a name for it, so that it becomes a local wherever it is computed. */
bool lower_is_named(const Lowering *l, const Node *n);

typedef KExpr *LowerRule(Lowering *l, const Node *n, KExpr *const *index);
LowerRule lower_const, lower_iota, lower_buffer, lower_host, lower_random, lower_cast, lower_ewise,
    lower_reshape, lower_permute, lower_expand, lower_slice, lower_pad, lower_concat, lower_window,
    lower_fold, lower_sum, lower_prod, lower_max, lower_min, lower_argmax, lower_argmin,
    lower_contract, lower_gather, lower_scatter, lower_running, lower_arg, lower_turn, lower_none;
/* condition ? yes : no, where the condition is of indices. */
KExpr *lower_select(Lowering *l, KExpr *condition, KExpr *yes, KExpr *no);

#endif
