/* elab.h -- the elaborator's state, and what its files offer each other; private to them.
 *
 *     elaborate.c    the entries: one run over the file for each
 *     elab_stmt.c    assignments, loops    elab_declare.c const, option, input, output, print
 *     elab_expr.c    expressions           elab_call.c    calls, pipes, arguments
 *     elab_type.c    annotations           scope.c        names
 *     elab_module.c  layers, parameters, states and their paths
 *     elab_train.c   train blocks          elab_step.c    their steps and losses
 *     elab_update.c  optimizers            elab_gradient.c what becomes of gradients before them
 *     elab_samples.c is a loss a mean or a sum over the samples?
 *     elab_data.c    data blocks           elab_state.c   limits, random keys, places
 *     elab_scan.c    loops at run time     elab_report.c  the report block
 *     elab_generate.c the generate block
 *
 * A run elaborates the whole program into the graph of one entry.  Variables (parameters, states,
 * inputs, options) are found again by name from run to run; everything else is made anew. */
#ifndef GRADC_ELAB_H
#define GRADC_ELAB_H

#include "frontend/elaborate.h"
#include "frontend/value.h"

enum {
    ELAB_MAX_CALLS = 200,     /* calls inside calls */
    ELAB_MAX_DEPTH = 3000,    /* levels of expressions, blocks and calls: bounds the C stack */
    ELAB_MAX_NODES = 1000000, /* of one graph */
    ELAB_MAX_STATEMENTS = 10000000, /* of all runs */
    ELAB_MAX_TURNS = 100000         /* of all loops of one run */
};

/* ---- names: scope.c ---- */

typedef struct Binding {
    const char *name;
    Loc loc;
    Value value;
    int slot;     /* a state, or an optimizer's parameter: what `<-` writes; else -1 */
    bool builtin; /* batch, training, none: may not be bound again */
} Binding;

typedef Vec(Binding *) BindingVec;

typedef struct Scope Scope;
struct Scope {
    Scope *outer;
    bool function; /* assignments inside never reach further out */
    bool scan;     /* the body of a scan */
    StrMap *index; /* NULL while small */
    BindingVec bindings;
    BindingVec ended; /* names of blocks that have ended: for messages */
};

Scope *scope_new(Elab *e, Scope *outer, bool function);
/* In this scope alone, or NULL. */
Binding *scope_own(const Scope *scope, const char *name);
Binding *scope_find(const Scope *scope, const char *name);
/* Binds the name where it is bound already within the function, else in this scope. */
Binding *scope_assign(Elab *e, Scope *scope, const char *name, Value value, Loc loc);
/* Binds it in this scope. */
Binding *scope_bind(Elab *e, Scope *scope, const char *name, Value value, Loc loc);
/* A block is over: its names are remembered in the scope around it. */
void scope_end(Elab *e, Scope *block);
/* Reports a name that is not bound: what it may have meant, where it was bound too late. */
void scope_report_unknown(Elab *e, const char *name, Loc loc);

/* ---- functions, layers, calls in progress ---- */

struct Function {
    const Stmt *stmt; /* DEF, MODULE or OPTIMIZER */
    Scope *home;      /* where it was defined */
};

/* A module (or an optimizer) with its configuration. */
struct Layer {
    const Function *function;
    Scope *config;
    const char *path; /* "block1.0.attn"; an optimizer's name */
    Loc made, applied;
    bool was_applied;
    Scope *members; /* parameters, states and layers inside, once applied */
};

typedef struct Frame Frame;
struct Frame {
    Frame *outer;
    const Function *function; /* NULL: the file itself */
    Layer *layer;
    Scope *scope;       /* innermost block */
    const char *path;   /* of what is made inside, "" in the file; NULL until someone asks */
    const char *callee; /* a def's own part of it: "block", 1 and the loops' indices outside */
    int ordinal;
    const char *outer_suffix;
    const char *suffix; /* ".0.2": the loops' indices */
    int serial;         /* of all frames */
    Loc call;           /* where it was called */
    int first_node;     /* of the graph, when it was called */
    uint64_t key;       /* identifies this application: random draws start from it */
    const char *prefix; /* of the names of values made inside: see frame_prefix */
    bool has_returned;
    Value returned;
};

/* ---- variables ---- */

typedef struct VarUse {
    int slot; /* index into Model.vars */
    const char *path;
    int run;      /* the last run that declared it; what follows is of that run */
    Node *node;   /* its value from here on */
    int frame;    /* the application that declared it last: Frame.serial */
    bool written; /* by `<-` */
    Loc write_loc;
    Node *initial;   /* in the init graph */
    bool grouped;    /* some optimizer's group has it */
    bool learned;    /* and its loss depends on it */
    int learned_run; /* the last run that learned it */
    bool frozen;     /* a loss depends on it behind detach(...) alone: it is meant to stay */
} VarUse;

typedef Vec(VarUse *) VarUseVec;

/* ---- the state of one compilation ---- */

typedef struct Import {
    const char *identity; /* the same for one file, however it is written */
    const char *path;     /* as shown */
    const Ast *ast;
    bool open; /* being read: an import of it again is a cycle */
    int run;   /* the last run that read it */
} Import;

typedef struct StepLoss { /* what a step minimizes */
    const char *name;
    Node *node;
    Loc loc;
} StepLoss;

typedef struct ScanRun ScanRun; /* elab_scan.c */
typedef struct Column Column;   /* elab_data.c */
typedef struct DataBlock DataBlock;

struct Elab {
    Arena *arena;
    Diag *diag;
    const ElaborateOptions *options;
    Model *model;
    const Ast *ast;
    Vec(const Ast *) library_files;
    Vec(Import *) imports;
    bool *define_used;  /* by index into options->defines */
    StrMap *vars;       /* path to VarUse: parameters and states */
    VarUseVec var_list; /* in the order of their making */
    int step_count;     /* `step` blocks of the train block, or 1; 0 without one */
    bool has_prints, has_outputs, has_metrics;
    const Stmt *report;      /* the report block, or NULL */
    const Stmt *generate;    /* the generate block, or NULL */
    int64_t batch_max;       /* const batch_max, or 0 */
    Vec(DataBlock *) data;   /* one for each split */
    Vec(const char *) dirs;  /* of the files being read: imports are relative to the last */
    StrMap *optimizer_steps; /* prefix of an optimizer's states to the step that has it */
    int64_t statements;
    bool stopped; /* a limit was passed: nothing more is elaborated */

    /* The run. */
    int run; /* its number, from 1 */
    EntryKind kind;
    int step; /* TRAIN, CHECK_*: which */
    bool training;
    Graph *graph;            /* of the entry, or the body of the innermost scan */
    ScanRun *scan;           /* whose body is being elaborated, or NULL */
    Scope *library, *global; /* names of the library, names of the file */
    Frame *frame;
    StrMap *layer_paths;  /* path to Layer, of this run */
    int train_run;        /* the last run that saw the train block */
    int64_t every;        /* TRAIN: of this step */
    Vec(StepLoss) losses; /* of the steps so far; node is NULL where it isn't computed */
    Node *average;        /* the share of the past in averages of parameters; NULL: none are kept */
    Loc monitor_loc;      /* of `monitor` or `patience` */
    Loc shuffle_loc;
    bool mode_given;
    StrMap *keys; /* random keys given out in this run */
    int call_depth, depth, frames;
    int64_t turns;
    uint64_t site;             /* of the builtin being called */
    const Type *init_shape;    /* inside an annotated first value */
    bool in_init;              /* inside a first value: random keys come from the path alone */
    DataBlock *split;          /* MAKE, FETCH: the split whose entry this is */
    Column *column;            /* the column being elaborated */
    int64_t style[STYLE_KEYS]; /* of print, from here on */
    bool in_report;            /* inside the report block */
    bool generating;           /* inside the generate block */
    Binding *generating_name, *position_name; /* what changes there */
};

/* Reports that a limit was passed, and stops. */
void elab_stop(Elab *e, Loc loc, const char *what, int64_t limit);
/* One level deeper, or false after reporting.  Leave with e->depth--. */
bool elab_enter(Elab *e, Loc loc);
const char *elab_source_text(Elab *e, Loc loc); /* the bytes of a place, blanks joined */
uint64_t key_mix(uint64_t key, uint64_t with);
uint64_t key_text(uint64_t key, const char *text);

/* ---- elab_stmt.c ---- */

void exec_block(Elab *e, const StmtVec *block);
void exec_scoped(Elab *e, const StmtVec *block); /* in a scope of its own */
void exec_import(Elab *e, const Stmt *stmt);     /* elaborate.c */
/* A declaration's name must be new in its file or block; else false after reporting. */
bool declare_name(Elab *e, const char *name, Value value, Loc loc);
/* How often a loop over this turns, or -1 after reporting; one more turn, or false after reporting
 * that there are too many. */
int64_t loop_turns(Elab *e, const Expr *range, const Value *over);
bool loop_turn(Elab *e, Loc loc);
/* Binds or rebinds a name, as `=` does. */
void assign_name(Elab *e, const char *name, Value value, Loc loc);
/* The node gets the name that the user gave it, if it was made since `first`. */
void name_value(Elab *e, Value *v, const char *name, int first);

/* ---- elab_declare.c ---- */

void exec_const(Elab *e, const Stmt *stmt);
void exec_option(Elab *e, const Stmt *stmt);
void exec_input(Elab *e, const Stmt *stmt);
void exec_output(Elab *e, const Stmt *stmt);
void exec_metric(Elab *e, const Stmt *stmt);

/* ---- elab_print.c ---- */

void exec_print(Elab *e, const Stmt *stmt);
void exec_save(Elab *e, const Stmt *stmt);

/* ---- elab_report.c ---- */

void exec_report(Elab *e, const Stmt *stmt);
/* The report's entry, where the program has the block. */
void report_entry(Elab *e);

/* ---- elab_generate.c ---- */

void exec_generate(Elab *e, const Stmt *stmt);
/* A string without a byte twice or 0; false after reporting. */
bool want_vocabulary(Elab *e, const Value *v, Loc loc, const char **out);
/* May the block have this input?  Then it is the token; false after reporting. */
bool generate_input(Elab *e, const Stmt *stmt, int slot);
/* The block's entry, where the program has the block. */
void generate_entry(Elab *e);

/* ---- elab_type.c ---- */

/* A type whose dimensions are all known; false after reporting. */
bool type_evaluate(Elab *e, const TypeExpr *type, Type *out);
/* Checks a type against an annotation, binding its new names to dimensions in `scope`. */
bool type_check(Elab *e, const TypeExpr *type, const Type *found, const char *name, Loc loc,
                Scope *scope);
/* The value as its annotation says (NULL: as it is). */
Value value_annotate(Elab *e, Value v, const TypeExpr *type, const char *name, Loc loc,
                     Scope *scope);

/* ---- elab_expr.c ---- */

Value eval_expr(Elab *e, const Expr *expr);
/* `hint` is the name that the value is about to get: a layer's path. */
Value eval_named(Elab *e, const Expr *expr, const char *hint);
/* A compile-time condition; false where it is none, which is reported. */
bool eval_condition(Elab *e, const Expr *expr, const char *what, bool *out);
bool eval_slice(Elab *e, const Expr *expr, SliceValue *out);

/* ---- elab_call.c ---- */

typedef struct Args { /* evaluated, as written */
    int count;
    Value *values;
    Arg *written;
    bool poisoned; /* one of them is an error, reported already */
} Args;

typedef struct CallSite {
    const char *name; /* of the callee as written, or NULL */
    int ordinal;      /* among the calls of that name in this scope, from 1 */
    const char *hint; /* the name that the value is about to get, or NULL */
    Loc loc;
} CallSite;

Value eval_call(Elab *e, const Expr *call, const char *hint);
Value eval_pipe(Elab *e, const Expr *pipe);
Args args_evaluate(Elab *e, const ArgVec *list);
/* Which argument goes to which parameter: an index into args or -1, for its default.  NULL after
 * reporting an unknown, doubled or missing one. */
const int *args_match(Elab *e, const Function *function, const ParamVec *params, const Args *args,
                      Loc loc);
/* Binds what was matched in the scope of the frame; false after reporting. */
bool args_bind(Elab *e, const ParamVec *params, const Args *args, const int *match);
/* Begins a call; false after reporting that there are too many inside each other. */
bool frame_push(Elab *e, Frame *frame, Loc loc);
void frame_pop(Elab *e);
/* How the values made inside are called in generated code: the layer's path, or a def's name;
 * NULL in the file itself. */
const char *frame_prefix(Elab *e, Frame *frame);
/* What the function returns is called after it. */
void frame_name_result(Elab *e, const Value *v);
/* Runs a body; what it returned. */
Value frame_run(Elab *e, const StmtVec *body);
/* Reports a def or module that uses itself. */
bool call_is_recursive(Elab *e, const Function *function, Loc loc);
/* "block1.0.attn": the path of something with this name made here. */
const char *path_inside(Elab *e, const char *name);
/* The same, where the name stands for itself whatever loops are around it. */
const char *path_exact(Elab *e, const char *name);

/* ---- elab_scan.c ---- */

/* `wanted`: something is made of what it yields. */
Value eval_scan(Elab *e, const Expr *expr, bool wanted);
void exec_yield(Elab *e, const Stmt *stmt);
/* May the name be assigned here?  False after reporting one that a scan does not carry. */
bool scan_allows(Elab *e, const char *name, Loc loc);

/* ---- elab_module.c ---- */

/* module(config) or optimizer(config): a layer. */
Value layer_make(Elab *e, const Function *function, const Args *config, const CallSite *site);
Value layer_apply(Elab *e, Layer *layer, const Args *args, uint64_t key, Loc loc);
Value layer_member(Elab *e, Layer *layer, const char *name, Loc loc);
void exec_declare(Elab *e, const Stmt *stmt); /* param, state */
void exec_write(Elab *e, const Stmt *stmt);   /* <- */
VarUse *var_of_slot(Elab *e, int slot);
/* The first value of a param or state; `type` is the annotation's, or NULL. */
Node *init_evaluate(Elab *e, const Stmt *stmt, const Type *type, const char *path);

/* ---- elab_stream.c: states with a batch dimension ---- */

bool has_streams(const Elab *e);
/* RESET: the first value of one, which the entry writes; NULL after reporting. */
Node *stream_first(Elab *e, const Stmt *stmt, int slot, const char *path);
/* EVAL, PREDICT, GENERATE: writes those that what the entry gives depends on. */
void streams_write(Elab *e);
/* What they ask of the train block. */
void streams_check(Elab *e);

/* ---- elab_train.c ---- */

void exec_train(Elab *e, const Stmt *stmt);
/* What can be said only when the whole file has been read: splits and metrics exist. */
void train_check(Elab *e);
/* Settings: "name = value" in a train or step block. */
const char *setting_name(Elab *e, const Stmt *stmt);
void setting_unknown(Elab *e, const Expr *target, const char *const *names, int count,
                     const char *place);
void settings_once(Elab *e, const StmtVec *body);
bool setting_positive(Elab *e, const Stmt *stmt, const char *what, int64_t *out);
/* A number within a range, known when compiling or not: NULL after reporting. */
Node *setting_number(Elab *e, const Stmt *stmt, const char *what, OptionRange range);
/* A moving average of each parameter: its variables, in the init graph, and the entry's writes. */
void average_declare(Elab *e);
void average_write(Elab *e);

/* ---- elab_step.c ---- */

typedef struct Step { /* a step block; or the train block, where it has none */
    int index;
    const Stmt *minimize;
    const char *name; /* of its loss, for people: "loss", where there is one */
    int64_t every;
    Node *clip_norm, *clip_value; /* NULL: none */
} Step;

/* One of a step block's own settings: true if it is one. */
bool step_setting(Elab *e, const Stmt *stmt, const char *name, Step *step);
void exec_steps(Elab *e, const Stmt *train);
/* The losses of several steps become values of the evaluation, unless a metric is called so. */
void steps_evaluate(Elab *e);

/* ---- elab_update.c ---- */

void train_warn_unlearned(Elab *e);
/* Moves the parameters of a step's groups, or says in which direction they would go. */
void step_update(Elab *e, const Step *step, Node *loss);

/* ---- elab_gradient.c ---- */

typedef struct Gradient { /* of the loss, by one of the step's parameters */
    VarUse *use;
    Node *node;
} Gradient;
typedef Vec(Gradient) GradientVec;

/* TRAIN with accumulation: adds each to a variable, and the loss too. */
void gradients_add(Elab *e, GradientVec *gradients, Node *loss, const Step *step);
/* UPDATE: takes what was added; its loss becomes a value. */
void gradients_take(Elab *e, GradientVec *gradients, const Step *step);
void gradients_clip(Elab *e, GradientVec *gradients, const Step *step);

/* ---- elab_samples.c ---- */

typedef enum LossKind { LOSS_MEAN, LOSS_SUM, LOSS_OTHER } LossKind;
/* How a loss depends on the samples of its batch; of LOSS_OTHER: the node where it stops being a
 * mean or a sum, and why. */
LossKind loss_kind(Elab *e, Node *loss, const Node **where, const char **why);

/* ---- elab_data.c ---- */

void exec_data(Elab *e, const Stmt *stmt);
/* A reader in a data block: true, and its value. */
bool data_reader(Elab *e, const Expr *call, Value *out);
/* The entries of all splits. */
void data_entries(Elab *e);
/* Every split must give what is needed, by index into Model.vars. */
void data_check_needs(Elab *e, const bool *needed);

/* ---- elab_reader.c ---- */

/* Is this a call of a reader, `csv("x.csv")`? */
bool reader_kind(const Elab *e, const Expr *call, SourceKind *out);
/* Text and tokens: a sample is a window of them. */
bool reader_cuts_windows(SourceKind kind);
/* The arguments of such a call into *source, whose kind is set; false where one was wrong. */
bool reader_args(Elab *e, const Expr *call, Source *source);

/* ---- elaborate.c ---- */

/* A run over the program for one entry; its graph. */
Graph *elab_entry(Elab *e, EntryKind kind, int step, Split *split, const char *name);
/* An input, parameter or state of the program that the node is computed from, or NULL. */
const Node *node_find_var(Elab *e, Node *node);
/* Reports results of the graph that depend on an input: first values and what is shown come before
 * any data. */
void check_no_inputs(Elab *e, Graph *graph, const char *what, const char *mend);

#endif
