/* reader.h -- the words, numbers and signs of the textual IR, one after the other.
 *
 * Spaces, newlines and `# comments` only separate.  The first error is reported at its place and
 * moves the reader to the end of the text: whatever is asked from then on fails in silence, so
 * callers may go on to the end of their statement. */
#ifndef GRADC_READER_H
#define GRADC_READER_H

#include "ir/model.h"

typedef struct Reader {
    Arena *arena;
    const SourceFile *source;
    Diag *diag;
    Model *model;
    const char *at, *end;
    bool failed;
    int64_t ids_left;                 /* node numbers that graphs may still use up */
    StrMap *vars, *sources, *options; /* by name: the index (int) */
    StrMap *graphs;                   /* by name: the Graph */
    Vec(Graph *) all_graphs;
} Reader;

/* Where the next word begins. */
Loc reader_loc(Reader *r);
/* Reports an error at this place; gives false. */
bool reader_fail(Reader *r, Loc loc, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The next character that is not space or comment; '\0' at the end. */
char reader_peek(Reader *r);
/* The sign (or signs) is next, and taken; expect makes anything else an error. */
bool reader_accept(Reader *r, const char *sign);
bool reader_expect(Reader *r, const char *sign);
/* The word is next, whole, and taken. */
bool reader_accept_word(Reader *r, const char *word);
/* `key=` is next, and taken. */
bool reader_accept_key(Reader *r, const char *key);
bool reader_expect_key(Reader *r, const char *key);

/* Each gives what is read, or "" / false after an error. */
const char *reader_word(Reader *r);
const char *reader_name(Reader *r); /* a word, or any text in quotes */
/* Letters a to z that follow at once: the labels of a contraction's tensor. */
const char *reader_labels(Reader *r);
bool reader_int(Reader *r, int64_t low, int64_t high, int64_t *out);
bool reader_hex(Reader *r, uint64_t *out); /* 0x... */
bool reader_type(Reader *r, Type *out);
/* An i64, f64 or bool, as it is written; reader_convert makes it a dtype's. */
bool reader_number(Reader *r, Scalar *out);
bool reader_convert(Reader *r, Loc loc, Scalar written, DType dtype, Scalar *out);
/* [1, 2, 3], at most MAX_RANK integers. */
bool reader_ints(Reader *r, int64_t *out, int *count);
/* One of names, as its index. */
bool reader_choice(Reader *r, const char *const *names, int count, const char *what, int *out);

/* read_graph.c: what follows the word `graph`. */
void read_graph(Reader *r);

#endif
