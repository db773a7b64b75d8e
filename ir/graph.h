/* graph.h -- the graph: an SSA list of nodes over whole tensors.
 *
 * A Node is an operation, its operands, its attributes, its type and the place it came from.  A
 * Graph is one entry point of the program (a training step, evaluation, prediction ...): nodes in
 * topological order, and results that say which values leave it.  All of it lives in the Model's
 * arena.  Nodes are immutable once added but for `args` rewritten by passes.
 *
 * Builders compute the result's type by the operation's infer rule; an ill-typed call is a bug in
 * the caller and ends in ice(): the front end checks what users write, with their names, first. */
#ifndef GRADC_GRAPH_H
#define GRADC_GRAPH_H

#include "ir/type.h"
#include "support/diag.h"

typedef enum Op {
#define OP(name, arity, class, cost, infer, grad, eval, lower, c, doc) OP_##name,
#include "ir/ops.def"
    OP_COUNT
} Op;

typedef enum OpClass {
    CLASS_SOURCE,
    CLASS_EWISE,
    CLASS_VIEW,
    CLASS_REDUCE,
    CLASS_CONTRACT,
    CLASS_INDEX,
    CLASS_RUNNING,
    CLASS_LOOP,
    CLASS_META
} OpClass;

typedef struct Node Node;
typedef struct Graph Graph;
typedef struct Model Model;
typedef struct Scan Scan;

/* What an operation needs beside its operands; each op uses the fields named with it. */
typedef struct Attr {
    int axes[MAX_RANK]; /* permute; reduce: the axes, ascending; concat, iota, argmax, gather,
                           scatter, cumsum, cumprod: axes[0]; window, fold: axes[0], the axis of
                           places */
    int axis_count;
    int64_t start[MAX_RANK]; /* slice, pad: per axis */
    int64_t step[MAX_RANK];  /* slice, pad: per axis; never 0; window, fold: from place to place,
                                and from tap to tap, 1 at least */
    Scalar value;            /* const: the splat; pad: the fill */
    const Scalar *elements;  /* const: a literal's elements in row-major order, or NULL */
    int slot;                /* input param state: index into Model.vars; option: Model.options;
                                counter: a Counter; arg: the operand of the scan; scan_out: the
                                result */
    uint64_t key;            /* uniform, normal: identifies the place in the program */
    const char *labels[3];   /* one lower-case letter per axis: contract: of a, b, and the result;
                                gather, scatter: of the tensor, the indices, and what is picked */
    bool exclusive, reverse; /* cumsum, cumprod: without the element itself; from the end */
    Scan *scan;              /* scan: see ir/scan.h */
} Attr;

typedef enum Counter {
    COUNTER_STEP,  /* batches done in this run, from 1 */
    COUNTER_STEPS, /* batches of the whole run */
    COUNTER_EPOCH, /* from 1 */
    COUNTER_STEPS_PER_EPOCH,
    COUNTER_BATCH,        /* samples in this batch */
    COUNTER_STEP_SAMPLES, /* samples of the whole step: of all its micro-batches */
    COUNTER_POSITION,     /* GENERATE: tokens of the pass before this one */
    COUNTER_COUNT
} Counter;

extern const char *const counter_names[COUNTER_COUNT];

struct Node {
    Op op;
    Graph *graph;
    Type type;
    int id; /* unique in its graph; "%id" in the textual IR */
    int arity;
    Node **args;
    Attr attr;
    Loc loc;
    const char *name; /* the user's name for the value, "hidden", or NULL */
    const char
        *within; /* the layer ("block1.attn") or def ("softmax") that it was made in, or NULL */
    const char *local;      /* its name there, "shifted"; "" for what that returns; or NULL */
    const Node *grad_of;    /* a backward node: the forward node whose derivative it belongs to */
    const Node *adjoint_of; /* the node whose whole gradient (or, if local, a part of it) this is */
    bool again;             /* a copy made by pass recompute: it runs late, in kernels of the
                               backward pass */
    bool of_scores;         /* a copy made by pass scores, for the gradient */
    bool host;              /* f64 scalar from options, counters and constants only: computed once
                               per step on the host */
    void *scratch;          /* a pass's own; meaningless between passes */
    int mark;               /* likewise */
};

typedef Vec(Node *) NodeVec;

typedef enum ResultKind {
    RESULT_VALUE, /* leaves the entry: loss, metric, output, printed tensor, fetched input */
    RESULT_WRITE  /* `slot` (a param, state or scratch; an input in a fetch entry) takes this value
                     at the end of the step */
} ResultKind;

typedef struct Result {
    ResultKind kind;
    int slot;         /* WRITE: index into Model.vars; VALUE: position among the values */
    const char *name; /* VALUE: "loss", "accuracy", ...; unique among the VALUEs of its graph */
    Node *node;
    Loc loc;
} Result;

struct Graph {
    Arena *arena;
    Model *model;
    const char *name; /* "train", "eval", ... unique in the model */
    NodeVec nodes;    /* topological order: operands first */
    Vec(Result) results;
    int next_id;
    bool widened; /* every float is f64, variables included: the gradient check's twin */
    Graph *outer; /* of the body of a scan: the graph that the scan stands in, */
    Node *loop;   /* and the scan */
    /* Given to each node that a builder makes. */
    Loc loc;
    const Node *grad_of;
};

/* ---- the operation table ---- */

typedef struct OpInfo {
    const char *name;
    int arity;
    OpClass class;
    int cost; /* of one element, in additions */
    const char *c, *doc;
} OpInfo;

extern const OpInfo op_info[OP_COUNT];
bool op_from_name(const char *name, Op *out);

/* ---- building ---- */

Graph *graph_new(Model *model, const char *name);

/* The general builder: infers (or, for ops whose type is given, checks) the type and appends.
 * `given` is NULL but for const iota input param state uniform normal cast reshape expand slice
 * pad window fold scatter. attr may be NULL. */
Node *graph_add(Graph *g, Op op, Node *const *args, int arity, const Attr *attr, const Type *given);

Node *graph_const(Graph *g, Scalar value, const Type *type);  /* value is cast to type's dtype */
Node *graph_number(Graph *g, double value, const Type *like); /* a splat of like's type */
Node *graph_literal(Graph *g, const Scalar *elements, const Type *type); /* copied */
Node *graph_iota(Graph *g, const Type *type, int axis);
Node *graph_slot(Graph *g, Op op, int slot); /* input, param, state: type from Model.vars */
Node *graph_option(Graph *g, int slot);
Node *graph_counter(Graph *g, Counter counter);
Node *graph_random(Graph *g, Op op, const Type *type, uint64_t key);

Node *graph_unary(Graph *g, Op op, Node *x);
Node *graph_binary(Graph *g, Op op, Node *x, Node *y); /* same shape and dtype */
Node *graph_where(Graph *g, Node *c, Node *x, Node *y);
Node *graph_cast(Graph *g, Node *x, DType dtype); /* x itself if it is of that dtype */

Node *graph_reshape(Graph *g, Node *x, const Type *shape); /* shape's dtype is ignored */
Node *graph_permute(Graph *g, Node *x, const int *axes);
Node *graph_expand(Graph *g, Node *x, const Type *shape); /* same rank; x itself if equal */
/* NumPy's broadcast of x to shape: leading 1s added, then expanded.  Must be possible. */
Node *graph_broadcast(Graph *g, Node *x, const Type *shape);
/* The adjoint of graph_broadcast: sums y down to shape. */
Node *graph_sum_to(Graph *g, Node *y, const Type *shape);
Node *graph_slice(Graph *g, Node *x, const int64_t *start, const int64_t *step, const Type *shape);
Node *graph_pad(Graph *g, Node *x, const int64_t *start, const int64_t *step, Scalar fill,
                const Type *shape);
Node *graph_concat(Graph *g, Node *const *xs, int count, int axis);
/* One axis as `places` of a window with `taps`, which stand behind it as an axis of their own. */
typedef struct Window {
    int axis;
    int64_t places, taps;
    int64_t step, dilation; /* from place to place, from tap to tap */
} Window;
Node *graph_window(Graph *g, Node *x, const Window *w);
Node *graph_fold(Graph *g, Node *x, const Window *w, int64_t size); /* back to an axis of size */
Window node_window(const Node *n);                                  /* of a window or a fold */
Node *graph_reduce(Graph *g, Op op, Node *x, const int *axes, int count); /* axes keep, size 1 */
/* labels such as "ik", "kj", "ij"; any label missing from the result is summed over. */
Node *graph_contract(Graph *g, Node *a, Node *b, const char *la, const char *lb, const char *lout);
/* Along `axis` of x the element that index says; labels as contract's, that of the axis in none but
 * x's:
 *     rows of a table   x "rc", index "ij", out "ijc"      out[i,j,c] = x[index[i,j], c]
 *     one of each row   x "rc", index "r",  out "r"        out[r] = x[r, index[r]]       axis 1 */
Node *graph_gather(Graph *g, Node *x, Node *index, int axis, const char *lx, const char *lindex,
                   const char *lout);
/* The adjoint of such a gather from a tensor of this shape: each element of y is added where it
 * would be read.  16-bit floats are added in f32, and rounded once. */
Node *graph_scatter(Graph *g, Node *y, Node *index, const Attr *gather, const Type *shape);
/* op is cumsum or cumprod. */
Node *graph_running(Graph *g, Op op, Node *x, int axis, bool exclusive, bool reverse);
Node *graph_grad(Graph *g, Node *y, Node *x);
/* The product of the sizes of the given axes as an f64 host scalar: a constant, or one times
 * the counter batch. */
Node *graph_axes_count(Graph *g, const Type *type, const int *axes, int count);
/* Casts a host scalar (or any scalar) to like's dtype and broadcasts it to like's shape. */
Node *graph_scalar_like(Graph *g, Node *scalar, const Type *like);

void graph_result(Graph *g, ResultKind kind, int slot, const char *name, Node *node, Loc loc);

/* ---- looking and changing ---- */

/* A node that takes the place of another takes its names too, unless it has better ones. */
void node_take_names(Node *with, const Node *from);
/* The same operation with the same attributes; operands aside. */
bool node_same_operation(const Node *a, const Node *b);
bool node_is_splat(const Node *n, double value); /* a constant with this number everywhere */
/* Restores topological order after nodes were appended and args rewritten, keeping the relative
 * order otherwise, and drops what no result reaches. */
void graph_sort(Graph *g);
/* Replaces every use of old in args and results, by order of the list; old stays as dead. */
void graph_replace(Graph *g, Node *old, Node *with);

/* ---- checking and text ---- */

/* What must hold after every pass: order, arity, types as the rules infer them, slots in range,
 * results of the written variable's type, unique ids.  Returns NULL, or what is wrong. */
const char *graph_verify(const Graph *g);

/* The type rule alone: true and *out, or false and *why.  For ops with a given type, *out holds
 * it on entry and is checked. */
bool op_infer(const Graph *g, Op op, Node *const *args, int arity, const Attr *attr, Type *out,
              const char **why);
/* The value for constant operands; false where it does not fold. */
bool op_eval(Op op, const Type *type, const Attr *attr, const Scalar *args, Scalar *out);

/* Textual IR of one graph, e.g.
 *     graph train {
 *       %0 = input @image : f32[batch, 64]                       # digits.dsl:7
 *       %1 = const 16.0 : f32[batch, 64]
 *       %2 = div %0 %1 : f32[batch, 64]
 *       %9 = sum %8 axes=[0, 1] : f32[1, 1]
 *       value loss = %12
 *       write @linear1.weight = %40
 *     } */
void graph_print(StrBuf *out, const Graph *g);

#endif
