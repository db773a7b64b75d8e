/* model.h -- a whole program, between the front end and code generation.
 *
 * The elaborator fills one Model: the variables (inputs, parameters, states, data sources) that
 * exist once, and a Graph for each entry point that reads and writes them. */
#ifndef GRADC_MODEL_H
#define GRADC_MODEL_H

#include "ir/graph.h"

typedef enum VarKind {
    VAR_INPUT,  /* a tensor of the batch, from data or from the caller */
    VAR_PARAM,  /* learned */
    VAR_STATE,  /* kept between steps; optimizer moments, running statistics */
    VAR_SOURCE, /* what a data source gives per batch, before the split's expressions */
    VAR_FILE,   /* a tensor that `load` reads when the program starts; constant */
    VAR_SCRATCH /* carried between entries of one pass, zero at its start, never saved: the
                   accumulators of evaluation, the frozen detached values of a gradient check */
} VarKind;

typedef struct Var {
    VarKind kind;
    const char *name; /* "image"; a path for parameters and states: "linear1.weight",
                         "adam.linear1.weight.m"; "train.image" for sources */
    Type type;
    Loc loc;
    bool optimizer; /* a state made by an optimizer: saved under the optimizer's prefix */
    bool has_range; /* an input used as an index or a class label: values must be in [low, high] */
    int64_t low, high;
    bool stream;  /* a state with a batch dimension (language.md, decision 10) */
    bool average; /* a state, the moving average of the parameter that its name has behind
                     "average." */
} Var;

/* Who goes through samples, and has stream states of its own; the order is the runtime's GrtPass.
 */
typedef enum SamplePass { PASS_TRAIN, PASS_EVAL, PASS_PREDICT, PASS_GENERATE, PASSES } SamplePass;

typedef enum OptionType { OPTION_FLOAT, OPTION_INT, OPTION_BOOL } OptionType;

/* Where an option is used as it is, and must lie. */
typedef enum OptionRange {
    OPTION_ANY,
    OPTION_POSITIVE, /* above 0 */
    OPTION_SHARE,    /* from 0 up to, but not including, 1 */
    OPTION_RANGES
} OptionRange;

typedef struct Option { /* `option lr = 1e-3` */
    const char *name;
    OptionType type;
    double value; /* the default */
    OptionRange range;
    Loc loc;
} Option;

typedef enum SourceKind {
    SOURCE_TENSOR, /* computed by the split's make graph when the program starts */
    SOURCE_CSV,
    SOURCE_IDX,
    SOURCE_NPY,
    SOURCE_NPZ,
    SOURCE_TEXT,
    SOURCE_TOKENS
} SourceKind;

/* A slice in a reader's arguments; like Python's, with a step of 1. */
typedef struct Range {
    bool has_start, has_stop;
    int64_t start, stop; /* negative: from the end */
    bool single;         /* one index: `columns = 64`; the axis is dropped */
    bool has_part;       /* shares of the whole instead: `part = [0, 0.9]` */
    double part[2];
} Range;

typedef struct Windows {    /* text, tokens: how samples are cut from a file */
    int64_t offset;         /* 1: one token on */
    int64_t stride;         /* tokens from window to window; 0: as long as a window is */
    int64_t random;         /* so many windows at places that are drawn; 0: at each stride */
    int64_t skip;           /* tokens: bytes of a header */
    int64_t width;          /* tokens: bytes of each, 2 or 4 */
    const char *vocabulary; /* text: the bytes that are 0, 1, 2 ...; NULL: each is its own number */
} Windows;

typedef struct Source {
    SourceKind kind;
    int var;            /* its VAR_SOURCE, whose type is what a batch of it looks like */
    const char *path;   /* readers: as written, relative to the model file */
    const char *member; /* npz: which array */
    Windows windows;    /* text, tokens */
    Range rows;         /* readers: which samples */
    Range columns;      /* csv; the whole row where neither start nor stop is given */
    int64_t samples;    /* SOURCE_TENSOR: how many */
    const char *value;  /* SOURCE_TENSOR: the result of the make graph that it takes */
    Loc loc;
} Source;

typedef struct Split { /* `data train { ... }` */
    const char *name;  /* train, valid or test */
    Vec(Source) sources;
    Graph *make;  /* entry "make_train": the SOURCE_TENSOR tensors, whole; NULL if none */
    Graph *fetch; /* entry "fetch_train": reads the VAR_SOURCEs of a batch, WRITEs the VAR_INPUTs.
                     Always there; codegen sees where an input is a source as it is, and lets the
                     runtime read straight into the input */
    Loc loc;
} Split;

typedef enum EntryKind {
    ENTRY_INIT,       /* writes the first value of every param and state, but stream states */
    ENTRY_RESET,      /* writes the first value of every stream state, for a pass that begins */
    ENTRY_TRAIN,      /* one step: VALUE loss, WRITEs; one entry per `step` block, run in turn */
    ENTRY_UPDATE,     /* with accumulation, the end of a step: TRAIN adds the gradients of each
                         micro-batch to VAR_SCRATCHs, and this reads them.  VALUE loss, WRITEs */
    ENTRY_AVERAGE,    /* behind the last step block: WRITEs the moving averages of parameters */
    ENTRY_EVAL,       /* per batch.  As elaborated: VALUE loss and the metrics of one batch; pass
                         split_eval makes it write accumulators instead, and makes: */
    ENTRY_FINISH,     /* from the accumulators: VALUE loss and the metrics of the whole split */
    ENTRY_PREDICT,    /* inputs to VALUE outputs */
    ENTRY_MAKE,       /* a split's tensors */
    ENTRY_FETCH,      /* a split's expressions over a batch: WRITEs inputs */
    ENTRY_PRINT,      /* VALUEs to show, in order: before training, or all a calculator does */
    ENTRY_REPORT,     /* VALUEs that the report block shows and saves, after each epoch */
    ENTRY_GENERATE,   /* from the last token, an input, the VALUE that is the next one */
    ENTRY_CHECK_GRAD, /* as TRAIN, but VALUE loss and VALUE "grad.PARAM" for each learned param.
                         Pass widen makes its floats f64 (Graph.widened), pass freeze makes it
                         write each detached value to a VAR_SCRATCH */
    ENTRY_CHECK_LOSS  /* VALUE loss only, elaborated the same; pass freeze makes it read them */
} EntryKind;

typedef struct Entry {
    EntryKind kind;
    Graph *graph;
    int step;         /* TRAIN, UPDATE, CHECK_*: which `step` block, from 0 */
    int64_t every;    /* TRAIN: runs on batches whose number is a multiple; 1 is always */
    const char *loss; /* TRAIN of several: what its loss is called; else NULL */
    Split *split;     /* MAKE, FETCH */
} Entry;

/* How tensors are shown, as torch.set_printoptions has it; the order is the runtime's GrtStyle. */
typedef enum StyleKey {
    STYLE_PRECISION, /* digits behind the point */
    STYLE_FIXED,     /* 1: single numbers show so many, too */
    STYLE_THRESHOLD, /* more elements than that: only the edges of each axis are shown */
    STYLE_EDGE,      /* so many on each side */
    STYLE_WIDTH,     /* of a line */
    STYLE_FORM,      /* 0: as the numbers ask for, 1: fixed, 2: scientific */
    STYLE_KEYS
} StyleKey;

extern const int64_t style_default[STYLE_KEYS];

typedef struct Print { /* an item that `print` shows: a text or a tensor */
    const char *label; /* the text: a string, or a value known when compiling; else NULL */
    const char *value; /* the VALUE's name in the print graph, or NULL */
    bool more;         /* the next item stands on the same line, behind a blank */
    bool report;       /* of the report block: a VALUE of its graph */
    int64_t style[STYLE_KEYS];
} Print;

typedef struct Load { /* load("a.npy"): what fills a VAR_FILE */
    int var;
    const char *path;    /* relative to the model file */
    const char *member;  /* of an .npz, or NULL */
    Range rows, columns; /* those alone; columns of a CSV */
} Load;

typedef struct Save {  /* an array or an image that `save` writes */
    const char *path;  /* relative to where the program runs; {epoch} in a report's is its number */
    const char *name;  /* of the member of an .npz; NULL: an .npy or a .png */
    const char *value; /* the VALUE's name in the print graph */
    bool report;       /* in the report's */
    Loc loc;
} Save;

typedef struct TrainConfig {
    bool present;  /* the file has a train block; else it is a calculator */
    int64_t batch; /* samples a step; also the bound of the compiled code */
    int64_t epochs;
    int64_t accumulate;  /* micro-batches of `batch` samples a step; 1: no accumulation */
    int64_t patience;    /* epochs without a better valid result that end the run; 0: none do */
    const char *monitor; /* the metric (or loss) by which a result is better; NULL: the best is
                            not kept */
    bool monitor_max;    /* the largest is best */
    bool shuffle, drop_last;
    Loc loc;
} TrainConfig;

enum { GENERATE_MOST = 1 << 30 }; /* tokens */

typedef enum TextForm { /* how tokens are written */
    TEXT_BYTES,
    TEXT_VOCABULARY, /* each a byte of a string */
    TEXT_NUMBERS,
    TEXT_FORMS
} TextForm;

typedef struct GenerateConfig { /* `generate { ... }` */
    bool present;
    int input;       /* the VAR_INPUT that is the last token of each sample */
    int64_t length;  /* tokens to make, where nothing else is said */
    int64_t context; /* tokens that are looked back at; 0: all */
    TextForm text;
    const char *vocabulary; /* TEXT_VOCABULARY: the bytes that tokens 0, 1, 2 ... are */
    Loc loc;
} GenerateConfig;

typedef struct Metric {
    const char *name; /* also the VALUE's name in finish */
    Type type;
    Loc loc;
} Metric;

typedef struct Averaged { /* a metric, or "loss" */
    const char *name;
    Loc loc;
} Averaged;

struct Model {
    Arena *arena;
    const char *name; /* the file's base name without .dsl, made an identifier */
    const SourceFile *source;
    bool from_text; /* made by model_read: places are lines of the textual IR itself */
    Vec(Var) vars;
    Vec(Option) options;
    Vec(Entry) entries;
    Vec(Split *) splits;
    Vec(Print) prints;
    Vec(Load) loads;
    Vec(Save) saves; /* those of one .npz follow each other */
    Vec(Metric) metrics;
    TrainConfig train;
    GenerateConfig generate;
    /* What could only be averaged over batches: set by pass split_eval. */
    Vec(Averaged) averaged;
    /* The largest number of samples in a batch; 0 if nothing has a batch dimension. */
    int64_t batch_bound;
    /* How much the backward pass may compute again rather than keep (pass recompute): 0: what costs
     * nearly nothing; 1: whatever is no product, reduction or scan. */
    int recompute;
};

Model *model_new(Arena *arena, const char *name, const SourceFile *source);
/* The index of the variable of this kind (sources apart, names are unique), or -1. */
int model_find_var(const Model *model, const char *name);
/* Is a print's style another than style_default? */
bool print_has_style(const Print *print);
/* An integer for each sample: [batch] or [batch, 1]. */
bool type_is_tokens(const Type *type);
int model_add_var(Model *model, VarKind kind, const char *name, const Type *type, Loc loc);
/* The line in the model file; 0 for what stands in another file, in the library or nowhere. */
int model_line(const Model *model, Loc loc);
/* The passes whose entries read or write a stream state: bit `1 << pass` of each. */
unsigned model_stream_passes(const Model *model, int slot);
/* Are samples taken in lanes, row r of a batch behind row r of the one before?  The slot of a
 * stream state that asks for it, or -1. */
int model_find_lanes(const Model *model);
Entry *model_find_entry(const Model *model, EntryKind kind, int step); /* or NULL */

/* What must hold of a model beside its graphs (graph_verify): one graph for each entry, entries of
 * the kinds' shapes, sources that fit their splits, sizes that fit at the batch bound.  NULL, or
 * what is wrong, and its place. */
const char *model_verify(const Model *model, Loc *loc);

/* The textual IR of a whole model: variables and options, then each graph.  model_read takes it
 * back (data, train settings and prints included); on a syntax or type error it reports through
 * diag and returns NULL. */
void model_print(StrBuf *out, const Model *model);
Model *model_read(Arena *arena, const SourceFile *source, Diag *diag);

#endif
