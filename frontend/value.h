/* value.h -- what names mean while a program is elaborated, and the built-in functions over them.
 *
 * A Value is a tensor (a graph node), a compile-time value, a function, or a layer.  An error is
 * reported where it is found and gives VALUE_ERROR, which every operation passes on in silence, so
 * that one mistake makes one message. */
#ifndef GRADC_VALUE_H
#define GRADC_VALUE_H

#include "frontend/ast.h"
#include "ir/model.h"

typedef struct Elab Elab; /* the elaborator's state: elab.h */
typedef struct Value Value;
typedef struct Layer Layer;       /* a module with its configuration and parameters */
typedef struct Function Function; /* a def, module or optimizer of the file or the library */
typedef struct Builtin Builtin;

typedef enum ValueKind {
    VALUE_ERROR,
    VALUE_NONE,   /* nothing: `axis = none` */
    VALUE_TENSOR, /* node; also options and counters (node->host) */
    VALUE_INT,    /* integer */
    VALUE_FLOAT,  /* number */
    VALUE_BOOL,   /* integer */
    VALUE_STRING, /* text, integer bytes */
    VALUE_DTYPE,  /* dtype */
    VALUE_LIST,   /* items: lists, tuples, several results */
    VALUE_RANGE,  /* a..b : integer, integer2 */
    VALUE_SLICE,  /* a:b:c : slice */
    VALUE_FUNCTION,
    VALUE_BUILTIN,
    VALUE_LAYER,
    VALUE_DIM /* a dimension with batch in it, `batch` or `2 * batch`: dim */
} ValueKind;

typedef Vec(Value) ValueVec;

typedef struct SliceValue {
    bool has_start, has_stop, has_step;
    int64_t start, stop, step;
} SliceValue;

struct Value {
    ValueKind kind;
    Node *node;
    int64_t integer, integer2;
    double number;
    const char *text;
    DType dtype;
    Dim dim;
    SliceValue slice;
    const ValueVec *items;
    const Function *function;
    const Builtin *builtin;
    Layer *layer;
};

Value value_error(void);
Value value_none(void);
Value value_tensor(Node *node);
Value value_int(int64_t integer);
Value value_float(double number);
Value value_bool(bool b);
Value value_string(const char *text, int64_t length);
Value value_list(Elab *e, const Value *items, int count);
const char *value_kind_name(const Value *v); /* "a tensor", "a string", "a layer" ... */
/* "f32[batch, 64]" for a tensor; otherwise what it is: "the integer 3". */
const char *value_describe(Elab *e, const Value *v);

/* What the builtins see of the elaborator (elab.c). */
Arena *elab_arena(Elab *e);
Diag *elab_diag(Elab *e);
Graph *elab_graph(Elab *e); /* of the entry being elaborated; loc is set by the caller */
Model *elab_model(Elab *e);
bool elab_training(const Elab *e);
/* A key for one random draw: from the instance path, the application site and an ordinal. */
uint64_t elab_random_key(Elab *e);
/* The place itself, or for one in the library the user's call that led there. */
Loc elab_user_loc(const Elab *e, Loc loc);
/* A slice or a range as a reader's argument; false after reporting what is none. */
bool range_from_value(Elab *e, const Value *v, Loc loc, const char *what, Range *out);
/* load("f.npz", "x"): the array of a file, of the type that its header has.  locs: of the path, the
 * member, the rows and the columns. */
Value elab_load(Elab *e, const Load *asked, const Loc *locs);
/* Where index is an input, seen through cast, reshape, permute, expand and detach: its values have
 * to be in [low, high], which the trainer checks when it reads them. */
void elab_mark_range(Elab *e, Node *index, int64_t low, int64_t high);
/* Inside the first value of a param or state that has an annotation: true, and its type.  Random
 * initialisers (uniform, normal) take their shape from it. */
bool elab_init_shape(Elab *e, Type *out);

/* A call as it reaches a builtin: arguments evaluated, in the order of the signature (a missing
 * optional one is VALUE_NONE), with their places. */
enum { MAX_BUILTIN_ARGS = 16 };
typedef struct Call {
    Elab *e;
    const Builtin *builtin;
    Loc loc;
    int count;
    Value args[MAX_BUILTIN_ARGS];
    Loc locs[MAX_BUILTIN_ARGS];
    ValueVec rest; /* of a signature that ends in `...`: all positional arguments behind */
    Vec(Loc) rest_locs;
} Call;

struct Builtin {
    const char *name;
    /* Parameter names, comma-separated; `=` behind the name means it may be left out (the builtin
     * knows its default), `...` at the end takes any number.  A second name may stand behind `|`,
     * and what follows a `...` can only be given by name.  "x, axis|dim=, keepdims|keepdim=" */
    const char *signature;
    Value (*apply)(Call *call);
    const char *doc;
};

const Builtin *builtin_find(const char *name);
/* All names, for "did you mean" and the documentation. */
const Builtin *builtin_table(int *count);
/* Binds positional and named arguments to the signature (unknown, missing, doubled: an error that
 * shows the signature), then applies. */
Value builtin_call(Elab *e, const Builtin *builtin, const Value *args, const Arg *written,
                   int count, Loc loc);

/* ---- operators.c ---- */

/* Compile-time values fold to compile-time values; a tensor anywhere makes a tensor: numbers take
 * the tensor's dtype (a float number with an integer or bool tensor makes f32), dtypes promote,
 * shapes broadcast.  Errors show both shapes. */
Value operator_apply(Elab *e, Operator op, Value a, Value b, Loc loc, Loc a_loc, Loc b_loc);
Value operator_unary(Elab *e, Operator op, Value a, Loc loc);
/* x[subscripts]: integers, slices, ellipsis; lists and strings too. */
typedef struct Subscript {
    Value value; /* INT, SLICE, NONE (a new axis), or a tensor */
    bool ellipsis;
    Loc loc;
} Subscript;
Value index_apply(Elab *e, Value x, const Subscript *subs, int count, Loc loc);

/* A tensor from any value that can be one: numbers become f32 or i64 scalars (dtype where given,
 * with `like`), lists are stacked.  NULL after reporting where it cannot be. */
Node *value_to_tensor(Elab *e, const Value *v, Loc loc);
/* The same, checked to convert to this dtype. */
Node *value_to_dtype(Elab *e, const Value *v, DType dtype, Loc loc);
/* Two tensors brought to one dtype (promotion) and one shape (broadcast); false after reporting
 * with the given verb ("add", "compare"). */
bool broadcast_pair(Elab *e, Value a, Value b, Node **x, Node **y, const char *verb, Loc loc,
                    Loc a_loc, Loc b_loc);
/* Common argument checks; each reports and returns false where it fails. */
bool value_want_int(Elab *e, const Value *v, Loc loc, const char *what, int64_t *out);
bool value_want_float(Elab *e, const Value *v, Loc loc, const char *what, double *out);
bool value_want_bool(Elab *e, const Value *v, Loc loc, const char *what, bool *out);
/* A shape from a list of integers and batch dims; -1 is allowed where `wild` is not NULL. */
bool value_want_shape(Elab *e, const Value *v, Loc loc, Type *out, int *wild);

#endif
