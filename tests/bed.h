/* bed.h -- a model as two programs, in a folder of their own: C of -O0, and CUDA; what goes into
 * them as files, and what comes out.
 *
 *     Bed *b = bed_new(arena, top);
 *     bed_build(b, "model.dsl", "");          ./plain and ./cuda, by gradc as a user would
 *     bed_run(b, "cuda", "reverse", &words);  as tests/cuda_lib.sh says: in the test bed, or on a
 * GPU bed_read(b, "y.npy", DT_F32, 12) bed_free(b)
 *
 * What goes wrong first is told by b->wrong; what is asked for afterwards does nothing. */
#ifndef GRADC_TESTS_BED_H
#define GRADC_TESTS_BED_H

#include "ir/type.h"

typedef struct Bed {
    Arena *arena;
    const char *top; /* the source tree */
    const char *folder;
    const char *wrong; /* NULL: nothing yet */
} Bed;

typedef Vec(char *) Words;

Bed bed_new(Arena *arena, const char *top);
void bed_free(Bed *b);
const char *bed_path(const Bed *b, const char *name); /* of a file in the folder */

void bed_word(Bed *b, Words *words, const char *word);
void bed_words(Bed *b, Words *words, const char *text); /* several, parted by blanks */

void bed_write(Bed *b, const char *name, const char *bytes, size_t size);
/* As f64; programs convert what they read. */
void bed_write_npy(Bed *b, const char *name, const int64_t *dims, int rank, const double *x);

typedef struct Weights { /* a checkpoint being written */
    StrBuf header, data;
} Weights;
Weights bed_weights_new(Bed *b);
void bed_weights_add(Weights *w, const char *name, const Type *type, const void *bytes);
void bed_weights_write(Bed *b, const char *name, Weights *w);

/* The model, a file of the folder, as ./plain and ./cuda, with these options of gradc. */
void bed_build(Bed *b, const char *model, const char *both, const char *cuda);
/* `program` with words behind it; threads in this order, if it is ./cuda. */
void bed_run(Bed *b, const char *program, const char *order, const Words *words);

typedef struct Numbers { /* of a .npy file */
    const char *bytes;   /* elements */
    size_t size;
    DType dtype; /* as written: bf16 as f32 */
} Numbers;
Numbers bed_read(Bed *b, const char *name, DType dtype, int64_t count);

#endif
