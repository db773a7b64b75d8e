/* type.h -- dtypes, dimensions, and the static type of a tensor. */
#ifndef GRADC_TYPE_H
#define GRADC_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "support/arena.h"
#include "support/strbuf.h"

/* In order of promotion within each kind. */
typedef enum DType {
    DT_BOOL,
    DT_U8,
    DT_I8,
    DT_I16,
    DT_I32,
    DT_I64,
    DT_F16,
    DT_BF16,
    DT_F32,
    DT_F64,
    DT_COUNT
} DType;

typedef struct DTypeInfo {
    const char *name;   /* in the language and in the textual IR: "f32" */
    const char *c_name; /* in generated C: "float" */
    int bytes;
    bool is_float, is_signed;
} DTypeInfo;

extern const DTypeInfo dtype_info[DT_COUNT];

bool dtype_from_name(const char *name, DType *out);
bool dtype_is_float(DType dtype);
bool dtype_is_int(DType dtype);  /* not bool */
bool dtype_is_half(DType dtype); /* f16 or bf16: stored in 16 bits, computed in f32 */
/* PyTorch's promotion of two tensors' dtypes: bool < ints < floats; u8 with i8 is i16;
 * f16 with bf16 is f32; an int never widens a float. */
DType dtype_promote(DType a, DType b);

/* A dimension: size, or size times the number of samples in the batch. */
typedef struct Dim {
    int64_t size;
    bool batch;
} Dim;

enum { MAX_RANK = 8 };

typedef struct Type {
    DType dtype;
    int rank; /* 0 is a scalar */
    Dim dims[MAX_RANK];
} Type;

static inline Dim dim_fixed(int64_t size)
{
    return (Dim){size, false};
}

bool dim_equal(Dim a, Dim b);
bool dim_is_one(Dim d); /* exactly the constant 1 */
Type type_scalar(DType dtype);
bool type_equal(const Type *a, const Type *b);
bool type_same_shape(const Type *a, const Type *b);
int type_batch_axis(const Type *type); /* the axis with the batch, or -1 */
/* Elements when the batch holds `batch` samples; false on overflow of int64. */
bool type_count(const Type *type, int64_t batch, int64_t *count);
bool type_bytes(const Type *type, int64_t batch, int64_t *bytes);

/* "f32[batch, 64]", "i32", "f32[2*batch, 3]". */
void type_print(StrBuf *out, const Type *type);
const char *type_text(Arena *arena, const Type *type);
/* Reads what type_print wrote; returns the first byte behind it, or NULL. */
const char *type_read(const char *text, Type *out);

/* A compile-time number: what a splat constant holds.  Integers and bools in i, floats in f. */
typedef struct Scalar {
    DType dtype;
    int64_t i;
    double f;
} Scalar;

Scalar scalar_float(DType dtype, double value);
Scalar scalar_int(DType dtype, int64_t value); /* wraps to the dtype's width, as C does */
double scalar_as_double(Scalar s);
int64_t scalar_as_int(Scalar s); /* floats truncate; out of range saturates, NaN is 0 */
/* Rounds f to the dtype's precision (f32, f16, bf16); converts between kinds as a cast does. */
Scalar scalar_cast(Scalar s, DType dtype);
bool scalar_equal(Scalar a, Scalar b); /* by bits: NaN equals NaN, 0.0 differs from -0.0 */

#endif
