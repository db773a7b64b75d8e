/* kernel.h -- the second IR: loop nests and library calls over planned buffers.
 *
 * Lowering turns each graph into a Routine: an ordered list of Kernels.  Fusion, parallelisation
 * and memory are decided here, once; the printers (print_c.c) print this level and decide nothing.
 *
 * A kernel's body is a tree of Stmts over scalar expressions (KExpr).  Buffers are addressed flat:
 * one integer expression, in elements.  A tensor is stored row-major with its batch dimension at
 * the model's bound, so that every stride is a constant; loops run to the real count, `batch`. */
#ifndef GRADC_KERNEL_H
#define GRADC_KERNEL_H

#include "ir/model.h"

typedef struct Buffer Buffer;
typedef struct KExpr KExpr;
typedef struct KStmt KStmt;
typedef struct Kernel Kernel;
typedef struct Launch Launch;

typedef enum BufferPlace {
    PLACE_VARS,  /* a param, state or scratch variable: run->vars + offset */
    PLACE_INPUT, /* an input or source: run->inputs[index] */
    PLACE_WORK,  /* planned: run->work + offset */
    PLACE_CONST, /* a literal's elements: a static array of the generated file */
    PLACE_LOCAL  /* an array of a kernel's own, declared by KS_ARRAY */
} BufferPlace;

struct Buffer {
    const char *name; /* a unique C identifier: "v_hidden", "p_linear1_weight", "d_..." */
    BufferPlace place;
    Type type;
    int var;                /* VARS, INPUT: index into Model.vars; else -1 */
    int64_t offset;         /* VARS, WORK: bytes from the base, a multiple of 64 */
    int64_t bytes;          /* at the batch bound */
    Loc loc;                /* of the value it holds */
    int first, last;        /* WORK: kernels (by position) between which it is alive */
    bool keep;              /* WORK: a result, alive to the end */
    const Scalar *elements; /* CONST */
    int loop;               /* WORK: the loop in each of whose turns it is made anew, or -1 */
    int stack_loop;         /* WORK: the loop whose turns it stacks along an axis, or -1 */
    int stack_axis;
    /* WORK: it lies where this one did, which the kernel that makes it reads last, and loads by
     * this buffer's name; or NULL. */
    Buffer *over;
    /* WORK, VARS: it is a part of this one, so many bytes behind its beginning; or NULL. */
    Buffer *inside;
    int64_t inside_at;
    /* LOCAL: of these axes it has those of a block alone, and is read and written at these. */
    int row_axis, key_axis;
    KExpr *row, *key; /* or NULL */
    /* LOCAL, while CUDA is printed: by its name a function of tiles has the element at hand. */
    bool by_element;
};

typedef Vec(Buffer *) BufferVec;

typedef enum KExprKind {
    KE_NUMBER, /* value */
    KE_INDEX,  /* a loop variable: name; int64 */
    KE_BATCH,  /* the real number of samples; int64 */
    KE_TURN,   /* the turn of a loop of kernels: name; int64 */
    KE_TEMP,   /* a local made by KS_LET: name */
    KE_HOST,   /* a host scalar passed to the kernel: name; double */
    KE_LOAD,   /* buffer[args[0]] */
    KE_OP,     /* an EWISE op of dtype over args; dtype is the operands' for `@` and `~` */
    KE_CAST,   /* args[0] as dtype */
    KE_INT,    /* integer arithmetic on indices: int_op over args[0], args[1] */
    KE_RANDOM, /* op (uniform, normal) with key; args[0] is the sample, args[1] the element in it */
    KE_LANES,  /* op (sum, prod, max, min) over the first `key` elements of buffer, a local array */
    KE_AT      /* a place in [0, key): args[0], counted from the end where negative, and a fault of
                  the run where out of range */
} KExprKind;

typedef enum IntOp {
    INT_ADD,
    INT_SUB,
    INT_MUL,
    INT_DIV,
    INT_MOD,
    INT_LT,
    INT_GE,
    INT_EQ,
    INT_AND,
    INT_OR, /* made by print_cuda_words.c alone */
    INT_LEAST
} IntOp;

struct KExpr {
    KExprKind kind;
    DType dtype; /* of the value; DT_I64 for indices */
    Op op;
    IntOp int_op;
    Scalar value;
    const char *name;
    Buffer *buffer;
    const KExpr *held; /* TEMP: the value, where that never changes; else NULL */
    uint64_t key;
    int line; /* AT: in the model file, or 0; for the message */
    int arity;
    KExpr *args[3];
    int64_t low, high; /* integers: the range at the batch bound, both ends included */
    int weight;        /* expressions in it, itself included */
};

/* KS_FOR, in a program for a GPU: which threads take its turns (docs/cuda.md).  Without these marks
 * the statements are a serial program that computes the same. */
typedef enum Share {
    SHARE_NONE,   /* one thread takes them all */
    SHARE_GRID,   /* a thread for each turn; nests are flattened */
    SHARE_TEAMS,  /* a team of `team` threads for each turn; nests are flattened */
    SHARE_TEAM,   /* within such a turn: the team's threads take turns in turn */
    SHARE_GROUPS, /* likewise groups of `team` neighbours; within a turn the group is the team */
    SHARE_TILE    /* a product in tiles: see KTile */
} Share;

typedef enum KStmtKind {
    KS_FOR,   /* for (int64_t name = 0; name < extent; name += step) body; if (extent) body where
                 that is a test */
    KS_LET,   /* dtype name = value;  (`mutable` if set later) */
    KS_SET,   /* name = value; */
    KS_STORE, /* buffer[index] = value, or += value with accumulate */
    KS_GEMM,  /* C[m,n] = A B (+ C with accumulate) by the BLAS, and what it makes of the elements;
                 see Gemm */
    KS_CONV,  /* out = x * b by cuDNN; see Conv */
    KS_PRODUCT, /* c (+)= a b by grt_product (runtime/grt_tile.h); see Tiles */
    KS_PACK,    /* c = b by grt_pack, whose columns need not lie side by side in b */
    KS_ZERO,    /* buffer's first extent elements become 0 */
    KS_ARRAY    /* dtype buffer[its size]; without values yet */
} KStmtKind;

/* For a GPU: what becomes of each element, after the bias of its column. */
typedef enum GemmActivation {
    GEMM_LINEAR,
    GEMM_RELU, /* 0 where it is not above 0 */
    GEMM_GELU  /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
} GemmActivation;

typedef struct Gemm { /* row-major; offsets in elements; ld* constants */
    DType dtype;      /* f32 or f64 */
    bool trans_a, trans_b, accumulate;
    KExpr *m, *n, *k;
    KExpr *batch; /* for a GPU: so many, these steps apart; NULL: one */
    int64_t a_step, b_step, c_step;
    Buffer *a, *b, *c;
    KExpr *a_offset, *b_offset, *c_offset;
    int64_t lda, ldb, ldc;
    GemmActivation activation;
    Buffer *bias; /* one number for each column, added to it; or NULL */
    KExpr *bias_offset;
} Gemm;

/* Is it a product and more: a call of cuBLASLt? */
bool gemm_has_epilogue(const Gemm *g);

/* For a GPU: a convolution of f32 without borders, channels last everywhere: x as image, row,
 * column, channel; filters as filter, row, column, channel. */
typedef struct Conv {
    bool gradient; /* by the filters: b is that of the result, out that of the filters; else b */
    KExpr *images; /* has the filters, and out the result */
    int64_t height, width, channels, filters;
    int64_t taps[2], step[2], dilation[2]; /* down, across */
    Buffer *x, *b, *out;
    KExpr *x_offset, *b_offset;
} Conv;

/* How many places the taps have: rows, columns of the result. */
int64_t conv_places(const Conv *c, int axis);

typedef struct Matrix {  /* a part of a buffer: what a statement takes of it */
    Buffer *buffer;      /* element (i, j) of the part is */
    KExpr *base;         /* buffer[base + (row + i) * row_step + (column + j) * column_step] */
    KExpr *row, *column; /* where the part begins in the whole matrix */
    int64_t row_step, column_step, outer_step; /* outer_step: to the next term of the outer sum */
} Matrix;

typedef struct Tiles { /* c[rows, columns] (+)= a[rows, inner] b[inner, columns], summed over outer
                          too */
    DType dtype;       /* f32 or f64 */
    KExpr *rows, *columns, *outer, *inner;
    KExpr *add; /* c is added to where it is not 0 */
    Matrix a, b, c;
} Tiles;

typedef Vec(KStmt *) KStmtVec;

struct KStmt {
    KStmtKind kind;
    const char *name;
    DType dtype;
    bool mutable_, accumulate;
    bool independent; /* KS_FOR: its maker knows that its turns write elsewhere each */
    bool parallel;    /* KS_FOR: the threads of a team share its turns */
    bool single;      /* in a kernel that is split: for the first thread of a team alone */
    bool barrier;     /* one stands before it */
    /* For a GPU: */
    Share share;  /* KS_FOR */
    int team;     /* FOR of SHARE_TEAMS: threads, 32 or 64 .. 1024; of SHARE_GROUPS: 2, 4 .. 32 */
    bool half;    /* FOR of SHARE_TILE within a team: half of its threads share it; */
    bool second;  /* ... the second half, while the first is at the one before */
    bool sync;    /* the threads of the team wait for each other before it */
    bool shared;  /* ARRAY: one for all threads of a team */
    bool aligned; /* ARRAY, shared: at 16 bytes */
    bool tiled;  /* ARRAY of rows and columns: each thread of a team has those elements that are its
                    own in loops of SHARE_TILE, which alone touch it */
    bool four;   /* FOR of 4 turns, a store of a load of f32: at once, 128 bits; both places are
                    multiples of 4 in its first turn */
    bool unroll; /* FOR: so few turns that they are written out by the compiler */
    bool atomic; /* STORE with accumulate: other threads add to the same element, in any order */
    /* LET: the value is that of `op` (sum, prod, max, min) over the values of all threads of the
     * team, in a fixed order; all of them get it. */
    bool join;
    Op op;
    KExpr *extent, *index, *value;
    int64_t step;  /* FOR: 1 at least */
    int64_t grain; /* FOR, parallel: where parts begin is a multiple of this, a multiple of step */
    Buffer *buffer;
    Gemm *gemm;
    Conv *conv;
    Tiles *tiles;
    KStmtVec body;
    const char *comment; /* printed above, or NULL */
};

/* The parts of a loop of SHARE_TILE, which has this form:
 *
 *     for (i < rows)                    share = SHARE_TILE
 *         for (j < columns) {
 *             T sum = 0;                (or another start)
 *             for (k < inner)           or a nest of such loops
 *                 sum = sum + a * b;    a reads nothing at j, b nothing at i
 *             ...                       what becomes of the element
 *         }
 *
 * Its threads (of the grid; within a SHARE_TEAMS loop that holds other statements too, of the team)
 * share the tiles of rows and columns.
 *
 * Within a team the loops may do without the sum, for each element of a `tiled` array:
 *
 *     for (i < rows)                    share = SHARE_TILE
 *         for (j < columns)
 *             sums[i * 64 + j] = 0      it is touched in this place alone */
typedef struct KTile {
    const KStmt *rows, *columns; /* the loops */
    const KStmt *sum;            /* KS_LET */
    const KStmt *inner;          /* the outermost loop over k; */
    const KStmt *innermost;      /* the one whose body is */
    const KStmt *set;            /* sum = sum + a * b */
    KExpr *a, *b;
    int rest; /* where what follows the sum begins in the columns' body */
} KTile;

/* False where the loop does not have the form. */
bool kstmt_tile(const KStmt *loop, KTile *tile);
/* Likewise, of one without a sum: rows, columns. */
bool kstmt_tile_elements(const KStmt *loop, KTile *tile);
/* The array to which the product's sum goes, and nothing else: sums[i * 64 + j] = sum; or NULL. */
Buffer *kstmt_tile_target(const KTile *tile);

struct Kernel {
    const char *name;    /* unique C identifier: "k_linear1" */
    const char *comment; /* "hidden = max(x, 0)    f32[batch, 64]"; equations are parted by "; " */
    const char *note;    /* one more line of that, or NULL */
    Loc loc;             /* the source line it comes from */
    bool backward;       /* part of a gradient */
    KStmtVec body;
    BufferVec reads, writes; /* each buffer once; a buffer may be in both */
    Vec(const char *) hosts; /* names of the host scalars that it takes */
    Vec(const char *) turns; /* names of the loops' turns that it takes */
    bool uses_batch, uses_random, uses_fault;
    int64_t flops, bytes; /* at the batch bound, estimated */
    int loop;             /* the innermost loop that it stands in, or -1 */
    bool split;           /* the threads of a team share its loops; else the first one runs it */
    bool barrier;         /* in a routine with a team: one stands before it */
    /* Printed C: the kernel whose function is called instead of one of its own, or NULL; and for
     * how many others this one's is called (share.h). */
    const Kernel *same_as;
    int others;
    Vec(Launch *) launches; /* for a GPU: gpu_launch.h */
};

/* Kernels that run again and again, in order: a scan.  Loops nest. */
typedef struct Loop {
    const char *turn; /* the name of the counter in C */
    int64_t turns;
    bool backward;  /* from the last turn to the first */
    int outer;      /* the loop around it, or -1 */
    int first, end; /* its kernels: positions [first, end) */
    Loc loc;
    const char *name; /* "h": what it carries or gives first */
    bool derivative;  /* part of a gradient */
} Loop;

typedef struct HostScalar { /* const double name = value; at the head of the routine */
    const char *name;
    const Node *node; /* printed from the node: host nodes form trees */
    Loc loc;
} HostScalar;

typedef struct Value { /* a VALUE result of the graph */
    const char *name;
    Buffer *buffer;
} Value;

/* A write that could not be made in place: at the end of the routine, from -> to. */
typedef struct Commit {
    Buffer *from, *to;
} Commit;

typedef struct Routine {
    const Entry *entry;
    const char *name;      /* a unique C identifier: "train_step" */
    Vec(Kernel *) kernels; /* those of loops in place */
    Vec(Loop) loops;       /* by where they begin, outer ones first */
    Vec(HostScalar) hosts;
    BufferVec buffers;
    Vec(Value) values;
    Vec(Commit) commits;
    /* The kernels from this position on may change variables; before it the loss is known and a
     * training step that has a loss that isn't finite returns.  -1: no such check. */
    int guard;
    Buffer *loss; /* of a training step, or NULL */
    int64_t work_bytes;
    int64_t peak_bytes; /* of work buffers alive at once, at the worst position: */
    int peak_at;        /* a kernel's, or behind the last */
    bool copies_only;   /* a fetch whose every input is one source as it is */
    /* The most threads that gain by it; 1: it has no team (team.h). */
    int threads;
    bool guard_barrier, commit_barrier; /* with a team: before the guard, before the commits */
} Routine;

typedef struct VarRun { /* variables that lie side by side */
    int *vars;          /* by index into Model.vars */
    int count;
} VarRun;

typedef struct Program {
    Model *model;
    Arena *arena;
    Vec(Routine *) routines;
    /* Where each variable lies in run->vars, by index into Model.vars; -1 for inputs and sources.
     * check_offsets: in the gradient check's f64 twin of that block. */
    int64_t *offsets, *check_offsets;
    Vec(VarRun) runs;
    int64_t vars_bytes, check_vars_bytes;
    int64_t work_bytes;           /* the largest of the routines' */
    BufferVec consts;             /* PLACE_CONST, each once, names unique in the program */
    bool uses_blas, uses_blas_lt; /* blas_lt: cuBLASLt too */
    bool uses_cudnn;
    bool uses_products, uses_threads, uses_lanes;
    bool fast_reductions; /* for a GPU: totals may be added up in any order */
} Program;

typedef enum BlasChoice {
    BLAS_NONE,
    BLAS_OPENBLAS, /* for CUDA: cuBLAS */
    BLAS_AUTO      /* the BLAS for the products that it was measured to compute faster */
} BlasChoice;

typedef enum ThreadsChoice {
    THREADS_NONE,
    THREADS_AUTO,  /* where they gain */
    THREADS_ALWAYS /* wherever they can, for tests */
} ThreadsChoice;

typedef enum Target { TARGET_C, TARGET_CUDA } Target;

typedef struct LowerOptions {
    int level; /* 0: one loop nest per node, nothing fused, no buffer shared */
    BlasChoice blas;
    ThreadsChoice threads;
    Target target;
    bool cudnn;           /* CUDA: convolutions by it, where they fit */
    bool fast_reductions; /* CUDA: totals may be added up in any order */
} LowerOptions;

/* Graphs to kernels to a memory plan.  Sizes that overflow are reported through diag (NULL). */
Program *program_lower(Model *m, const LowerOptions *options, Diag *diag);
/* What must hold: loads and stores in bounds at the batch bound, names unique, buffers written
 * before read, no two live buffers overlapping, marks as verify_marks.c wants them.  NULL, or what
 * is wrong. */
const char *program_verify(const Program *p);
/* The kernels as text, for --dump=kernels and tests. */
void program_print(StrBuf *out, const Program *p);

/* ---- printing C (print_c.c): one kernel as a static function; one routine as a function ---- */
typedef struct PrintOptions {
    BlasChoice blas;
    bool cuda;
    bool tf32; /* CUDA: cuBLAS may round the factors of f32 products */
} PrintOptions;
/* All constants and kernels of the program; kernels that differ in names alone stand once
 * (share.h), those of the gradient check last.  Routines are printed after this. */
void print_c_kernels(StrBuf *out, const Program *p, const PrintOptions *options);
/* Parameters and body: what kernels may have in common. */
void print_c_kernel_text(StrBuf *out, const Kernel *k);
void print_c_kernel(StrBuf *out, const Kernel *k, const PrintOptions *options);
/* Its equations, above it. */
void print_c_kernel_comment(StrBuf *out, const Kernel *k);
/* A statement that is no loop, with its comment before it. */
void print_c_line(StrBuf *out, const KStmt *s, int indent);
void print_c_comment(StrBuf *out, const KStmt *s, int indent);
void print_c_routine(StrBuf *out, const Program *p, const Routine *r, const PrintOptions *options);

#endif
