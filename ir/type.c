/* type.c -- dtypes, dimensions, static types and compile-time numbers.
 *
 * In: dtypes and sizes.  Out: promotions, element counts (checked), the text of a type and back:
 *
 *     type_read("f32[2*batch, 3]", &t)    t.dims[0] is 2 * batch, t.dims[1] is 3
 *     scalar_cast(300 as i64, DT_U8)      44: integers wrap
 *     scalar_float(DT_F32, 0.1)           0.100000001490116...: floats are rounded */
#include "ir/type.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "support/checked.h"

/* clang-format off */
const DTypeInfo dtype_info[DT_COUNT] = {
    /* name, in C, bytes, is_float, is_signed */
    [DT_BOOL] = {"bool", "bool",     1, false, false},
    [DT_U8]   = {"u8",   "uint8_t",  1, false, false},
    [DT_I8]   = {"i8",   "int8_t",   1, false, true},
    [DT_I16]  = {"i16",  "int16_t",  2, false, true},
    [DT_I32]  = {"i32",  "int32_t",  4, false, true},
    [DT_I64]  = {"i64",  "int64_t",  8, false, true},
    [DT_F16]  = {"f16",  "uint16_t", 2, true,  true},
    [DT_BF16] = {"bf16", "uint16_t", 2, true,  true},
    [DT_F32]  = {"f32",  "float",    4, true,  true},
    [DT_F64]  = {"f64",  "double",   8, true,  true},
};
/* clang-format on */

/* ---- dtypes ---- */

bool dtype_from_name(const char *name, DType *out)
{
    for (int d = 0; d < DT_COUNT; d++) {
        if (strcmp(dtype_info[d].name, name) == 0) {
            *out = (DType)d;
            return true;
        }
    }
    return false;
}

bool dtype_is_float(DType dtype)
{
    return dtype_info[dtype].is_float;
}

bool dtype_is_int(DType dtype)
{
    return dtype != DT_BOOL && !dtype_info[dtype].is_float;
}

bool dtype_is_half(DType dtype)
{
    return dtype == DT_F16 || dtype == DT_BF16;
}

DType dtype_promote(DType a, DType b)
{
    const DType low = a < b ? a : b, high = a < b ? b : a;
    if (low == DT_U8 && high == DT_I8)
        return DT_I16; /* the smallest that holds both */
    if (low == DT_F16 && high == DT_BF16)
        return DT_F32;
    return high; /* the enum is in this order */
}

/* ---- dimensions and types ---- */

bool dim_equal(Dim a, Dim b)
{
    return a.size == b.size && a.batch == b.batch;
}

bool dim_is_one(Dim d)
{
    return d.size == 1 && !d.batch;
}

Type type_scalar(DType dtype)
{
    return (Type){.dtype = dtype};
}

bool type_same_shape(const Type *a, const Type *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (!dim_equal(a->dims[i], b->dims[i]))
            return false;
    return true;
}

bool type_equal(const Type *a, const Type *b)
{
    return a->dtype == b->dtype && type_same_shape(a, b);
}

int type_batch_axis(const Type *type)
{
    for (int i = 0; i < type->rank; i++)
        if (type->dims[i].batch)
            return i;
    return -1;
}

bool type_count(const Type *type, int64_t batch, int64_t *count)
{
    int64_t product = 1;
    for (int i = 0; i < type->rank; i++) {
        if (!checked_mul(product, type->dims[i].size, &product))
            return false;
        if (type->dims[i].batch && !checked_mul(product, batch, &product))
            return false;
    }
    *count = product;
    return true;
}

bool type_bytes(const Type *type, int64_t batch, int64_t *bytes)
{
    int64_t count;
    return type_count(type, batch, &count) &&
           checked_mul(count, dtype_info[type->dtype].bytes, bytes);
}

/* ---- types as text ---- */

static void dim_print(StrBuf *out, Dim d)
{
    if (!d.batch)
        strbuf_printf(out, "%lld", (long long)d.size);
    else if (d.size == 1)
        strbuf_puts(out, "batch");
    else
        strbuf_printf(out, "%lld*batch", (long long)d.size);
}

void type_print(StrBuf *out, const Type *type)
{
    strbuf_puts(out, dtype_info[type->dtype].name);
    for (int i = 0; i < type->rank; i++) {
        strbuf_puts(out, i == 0 ? "[" : ", ");
        dim_print(out, type->dims[i]);
    }
    if (type->rank > 0)
        strbuf_putc(out, ']');
}

const char *type_text(Arena *arena, const Type *type)
{
    StrBuf buf = strbuf_new(arena);
    type_print(&buf, type);
    return strbuf_text(&buf);
}

/* Each reader below returns the first byte behind what it read, or NULL. */

static const char *size_read(const char *text, int64_t *out)
{
    if (!isdigit((unsigned char)*text))
        return NULL;
    int64_t size = 0;
    for (; isdigit((unsigned char)*text); text++)
        if (!checked_mul(size, 10, &size) || !checked_add(size, *text - '0', &size))
            return NULL;
    *out = size;
    return text;
}

static const char *dim_read(const char *text, Dim *out)
{
    static const char batch[] = "batch";
    *out = dim_fixed(1);
    if (isdigit((unsigned char)*text)) {
        text = size_read(text, &out->size);
        if (!text || *text != '*')
            return text;
        text++;
    }
    out->batch = true;
    return strncmp(text, batch, strlen(batch)) == 0 ? text + strlen(batch) : NULL;
}

static const char *shape_read(const char *text, Type *out)
{
    do {
        text++; /* the '[' or ',' */
        while (*text == ' ')
            text++;
        if (out->rank == MAX_RANK)
            return NULL;
        text = dim_read(text, &out->dims[out->rank++]);
    } while (text && *text == ',');
    return text && *text == ']' ? text + 1 : NULL;
}

const char *type_read(const char *text, Type *out)
{
    char name[8] = "";
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) && length + 1 < sizeof name) {
        name[length] = text[length];
        length++;
    }
    *out = (Type){0};
    if (!dtype_from_name(name, &out->dtype))
        return NULL;
    text += length;
    return *text == '[' ? shape_read(text, out) : text;
}

/* ---- numbers ---- */

/* value rounded to the nearest with `digits` binary digits, exponents from `least` on, and
 * nothing finite beyond `largest`: IEEE's rounding, whatever the type. */
static double round_float(double value, int digits, int least, double largest)
{
    if (value == 0 || !isfinite(value))
        return value;
    const int exponent = ilogb(value);
    const double unit = ldexp(1, (exponent > least ? exponent : least) - (digits - 1));
    const double rounded = rint(value / unit) * unit;
    if (fabs(rounded) > largest)
        return copysign(INFINITY, value);
    return copysign(rounded, value);
}

static double round_to_f32(double value)
{
    return round_float(value, 24, -126, ldexp(16777215, 104));
}

/* What has 16 bits comes out of f32, as in generated programs and in PyTorch. */
static double round_to_dtype(double value, DType dtype)
{
    switch (dtype) {
    case DT_F16:
        return round_float(round_to_f32(value), 11, -14, 65504);
    case DT_BF16:
        return round_float(round_to_f32(value), 8, -126, ldexp(255, 120));
    case DT_F32:
        return round_to_f32(value);
    default:
        return value;
    }
}

Scalar scalar_float(DType dtype, double value)
{
    if (!dtype_is_float(dtype))
        return scalar_cast((Scalar){.dtype = DT_F64, .f = value}, dtype);
    if (isnan(value))
        value = NAN; /* one NaN: sign and payload mean nothing */
    return (Scalar){.dtype = dtype, .f = round_to_dtype(value, dtype)};
}

Scalar scalar_int(DType dtype, int64_t value)
{
    switch (dtype) {
    case DT_BOOL:
        value = value != 0;
        break;
    case DT_U8:
        value = (uint8_t)value;
        break;
    case DT_I8:
        value = (int8_t)value;
        break;
    case DT_I16:
        value = (int16_t)value;
        break;
    case DT_I32:
        value = (int32_t)value;
        break;
    case DT_I64:
        break;
    default:
        return scalar_float(dtype, (double)value);
    }
    return (Scalar){.dtype = dtype, .i = value};
}

double scalar_as_double(Scalar s)
{
    return dtype_is_float(s.dtype) ? s.f : (double)s.i;
}

int64_t scalar_as_int(Scalar s)
{
    if (!dtype_is_float(s.dtype))
        return s.i;
    if (isnan(s.f))
        return 0;
    if (s.f >= 0x1p63)
        return INT64_MAX;
    if (s.f < -0x1p63)
        return INT64_MIN;
    return (int64_t)s.f;
}

Scalar scalar_cast(Scalar s, DType dtype)
{
    if (dtype_is_float(dtype) && dtype != DT_F64 && !dtype_is_float(s.dtype))
        return scalar_float(dtype, (float)s.i); /* not by way of f64 */
    if (dtype_is_float(dtype))
        return scalar_float(dtype, scalar_as_double(s));
    if (dtype == DT_BOOL && dtype_is_float(s.dtype))
        return scalar_int(DT_BOOL, s.f != 0); /* 0.5 is true */
    return scalar_int(dtype, scalar_as_int(s));
}

bool scalar_equal(Scalar a, Scalar b)
{
    if (a.dtype != b.dtype)
        return false;
    if (!dtype_is_float(a.dtype))
        return a.i == b.i;
    if (isnan(a.f) || isnan(b.f))
        return isnan(a.f) && isnan(b.f);
    return a.f == b.f && signbit(a.f) == signbit(b.f);
}
