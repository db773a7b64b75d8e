# functions.dsl -- mathematics that the compiler does not know, from what it knows.  Each works
# element by element on any shape, but for those that name an axis or compare whole tensors.

# inf: infinity, above all floats; for masks, and for the first value of a smallest.
# PyTorch: torch.inf
# Example:
#     print where([true, false], 1.0, -inf)
#     > [1., -inf]
const inf = 1e308 * 10.0

# nan: no number.
# PyTorch: torch.nan
# Example:
#     print isnan([1.0, nan])
#     > [False,  True]
const nan = inf - inf

# tan(x): sine over cosine.
# Shapes: any; the result has that of x
# PyTorch: torch.tan
# Example:
#     print tan([0.0, 0.7853982, -1.0])
#     > [ 0.0000,  1.0000, -1.5574]
def tan(x) = sin(x) / cos(x)

# atan(x): the angle whose tangent is x, from -pi / 2 to pi / 2.
# Shapes: any; the result has that of x
# PyTorch: torch.atan
# Example:
#     print atan([-1.0, 0.0, inf])
#     > [-0.7854,  0.0000,  1.5708]
def atan(x) = atan2(x, 1)

# asin(x): the angle whose sine is x, from -pi / 2 to pi / 2; NaN beyond 1.
# Shapes: any; the result has that of x
# PyTorch: torch.asin
# Example:
#     print asin([-1.0, 0.0, 0.5])
#     > [-1.5708,  0.0000,  0.5236]
def asin(x) = atan2(x, sqrt((1 - x) * (1 + x)))

# acos(x): the angle whose cosine is x, from 0 to pi; NaN beyond 1.
# Shapes: any; the result has that of x
# PyTorch: torch.acos
# Example:
#     print acos([-1.0, 0.0, 0.5])
#     > [3.1416, 1.5708, 1.0472]
def acos(x) = atan2(sqrt((1 - x) * (1 + x)), x)

# square(x): x times x.
# Shapes: any; the result has that of x
# PyTorch: torch.square
# Example:
#     print square([-3, 0, 2])
#     > [9, 0, 4]
def square(x) = x * x

# reciprocal(x): one over x.
# Shapes: any; the result has that of x
# PyTorch: torch.reciprocal
# Example:
#     print reciprocal([2.0, -4.0, 0.0])
#     > [ 0.5000, -0.2500,     inf]
def reciprocal(x) = 1 / x

# trunc(x): x without what is behind the point.
# Shapes: any; the result has that of x
# PyTorch: torch.trunc
# Example:
#     print trunc([-1.7, -0.5, 2.9])
#     > [-1., -0.,  2.]
def trunc(x) = where(x < 0, ceil(x), floor(x))

# frac(x): what is behind the point, with x's sign.
# Shapes: any; the result has that of x
# PyTorch: torch.frac
# Example:
#     print frac([-1.75, 0.5, 2.25])
#     > [-0.7500,  0.5000,  0.2500]
def frac(x) = x - trunc(x)

# fmod(a, b): the remainder of a / b with a's sign, as C has it; a % b has b's.
# Shapes: both alike, or broadcasting
# PyTorch: torch.fmod
# Example:
#     print fmod([-7, 7], 3), [-7, 7] % 3
#     > [-1,  1] [2, 1]
def fmod(a, b) {
    rest = where(a < 0, -a, a) % where(b < 0, -b, b)
    return where(a < 0, -rest, rest)
}

# isinf(x): is it infinity, of either sign?
# Shapes: any; bools of x's shape
# PyTorch: torch.isinf
# Example:
#     print isinf([1.0, inf, nan])
#     > [False,  True, False]
def isinf(x) = x == x and x - x != 0

# isfinite(x): is it neither infinity nor NaN?
# Shapes: any; bools of x's shape
# PyTorch: torch.isfinite
# Example:
#     print isfinite([1.0, inf, nan])
#     > [ True, False, False]
def isfinite(x) = x - x == 0

# eq(a, b): is a equal to b?  Likewise ne, lt, le, gt and ge.
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.eq
# Example:
#     print eq([1, 2, 3], 2), ne([1, 2, 3], 2), lt([1, 2, 3], 2)
#     > [False,  True, False] [ True, False,  True] [ True, False, False]
def eq(a, b) = a == b

# ne(a, b): is a different from b?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.ne
# Example:
#     print ne([1, 2, 3], 2)
#     > [ True, False,  True]
def ne(a, b) = a != b

# lt(a, b): is a less than b?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.lt
# Example:
#     print lt([1, 2, 3], 2)
#     > [ True, False, False]
def lt(a, b) = a < b

# le(a, b): is a less than b, or equal?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.le
# Example:
#     print le([1, 2, 3], 2)
#     > [ True,  True, False]
def le(a, b) = a <= b

# gt(a, b): is a greater than b?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.gt
# Example:
#     print gt([1, 2, 3], 2)
#     > [False, False,  True]
def gt(a, b) = a > b

# ge(a, b): is a greater than b, or equal?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.ge
# Example:
#     print ge([1, 2, 3], 2)
#     > [False,  True,  True]
def ge(a, b) = a >= b

# logical_and(a, b): are both other than 0?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.logical_and
# Example:
#     print logical_and([0, 2, 3], [1.0, 0.0, 0.5])
#     > [False, False,  True]
def logical_and(a, b) = bool(a) and bool(b)

# logical_or(a, b): is one of them other than 0?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.logical_or
# Example:
#     print logical_or([0, 2, 0], [1.0, 0.0, 0.0])
#     > [ True,  True, False]
def logical_or(a, b) = bool(a) or bool(b)

# logical_xor(a, b): is exactly one of them other than 0?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.logical_xor
# Example:
#     print logical_xor([0, 2, 3], [1.0, 0.0, 0.5])
#     > [ True,  True, False]
def logical_xor(a, b) = bool(a) != bool(b)

# logical_not(x): is it 0?
# Shapes: any; bools of x's shape
# PyTorch: torch.logical_not
# Example:
#     print logical_not([0, 2])
#     > [ True, False]
def logical_not(x) = not bool(x)

# isclose(a, b, rtol, atol, equal_nan): is a equal to b, up to atol and rtol of |b|?
# Shapes: both alike, or broadcasting; bools
# PyTorch: torch.isclose
# Example:
#     print isclose([1.0, 1.0, inf], [1.000001, 1.1, inf])
#     > [ True, False,  True]
def isclose(a, b, rtol = 1e-5, atol = 1e-8, equal_nan = false) {
    off = abs(a - b)
    near = a == b or isfinite(off) and off <= atol + abs(rtol * b)
    return near or isnan(a) and isnan(b) if equal_nan else near
}

# allclose(a, b, rtol, atol, equal_nan): are all elements close?
# Shapes: both alike, or broadcasting; one bool
# PyTorch: torch.allclose
# Example:
#     print allclose([1.0, 2.0], [1.000001, 2.0]), allclose([1.0], [1.1])
#     > True False
def allclose(a, b, rtol = 1e-5, atol = 1e-8, equal_nan = false) {
    return all(isclose(a, b, rtol, atol, equal_nan))
}

# norm(x, p, axis, keepdims): the length of x, over one axis, a list, or all: (sum |x|^p)^(1/p),
# for p = inf the largest |x|, for -inf the smallest, for 0 how many are not 0.  Its gradient where
# all of x is 0 is 0, as in PyTorch: the root is kept away from 0 there.
# Shapes: any; the result is without the axes, unless keepdims
# PyTorch: torch.linalg.vector_norm
# Example:
#     print norm([[3.0, 4.0], [0.0, 0.0]], axis = 1), norm([3.0, -4.0], 1), norm([3.0, -4.0], inf)
#     > [5., 0.] 7 4
def norm(x, p = 2, axis = none, keepdims = false, ord = none, dim = none, keepdim = false) {
    along = axis if dim == none else dim
    keep = keepdims or keepdim
    power = p if ord == none else ord
    if power == inf {
        return max(abs(x), axis = along, keepdims = keep)
    } else if power == -inf {
        return min(abs(x), axis = along, keepdims = keep)
    } else if power == 0 {
        return sum(where(x == 0, zeros_like(x), ones_like(x)), axis = along, keepdims = keep)
    } else if power == 1 {
        return sum(abs(x), axis = along, keepdims = keep)
    }
    total = sum(x * x if power == 2 else abs(x) ** power, axis = along, keepdims = keep)
    safe = where(total == 0, 1, total)
    return where(total == 0, 0, sqrt(safe) if power == 2 else safe ** (1 / power))
}

# numel(x): the number of x's elements.
# Shapes: any; the result is known when compiling
# PyTorch: torch.numel
# Example:
#     print numel(zeros(3, 4))
#     > 12
def numel(x) = size(x)

# trace(x): the sum of the diagonal.
# Shapes: a matrix; the result is one number
# PyTorch: torch.trace
# Example:
#     print trace([[1, 2], [3, 4]])
#     > 5
def trace(x) = sum(diag(require(x, ndim(x) == 2, "trace needs a matrix, not ", x)))

# tril(x, diagonal): x on and below the diagonal, 0 above it.  The diagonal may lie so many places to
# the right; negative ones are to the left.
# Shapes: two axes or more; the result has that of x
# PyTorch: torch.tril
# Example:
#     print tril([[1, 2, 3], [4, 5, 6]])
#     > [[1, 0, 0],
#     >  [4, 5, 0]]
def tril(x, diagonal = 0) {
    rows, columns = unsqueeze(arange(size(x, -2)), 1), arange(size(x, -1))
    return where(columns - rows <= diagonal, x, zeros_like(x))
}

# triu(x, diagonal): x on and above the diagonal, 0 below it.
# Shapes: two axes or more; the result has that of x
# PyTorch: torch.triu
# Example:
#     print triu([[1, 2, 3], [4, 5, 6]], diagonal = 1)
#     > [[0, 2, 3],
#     >  [0, 0, 6]]
def triu(x, diagonal = 0) {
    rows, columns = unsqueeze(arange(size(x, -2)), 1), arange(size(x, -1))
    return where(columns - rows >= diagonal, x, zeros_like(x))
}

# weight_dtype(x): the dtype that parameters beside x have: its own if it is of floats, else f32.
# Shapes: any; the result is a dtype
# PyTorch: none; the dtype of a module, which .half() and .double() change
# Example:
#     print weight_dtype(f16([1.0])), weight_dtype([1, 2])
#     > f16 f32
def weight_dtype(x) {
    t = dtype(x)
    return t if t == f16 or t == bf16 or t == f64 else dtype(0.5)
}

# categorical(logits): an index of the last axis for each row, drawn with the softmax of the logits as probabilities.
# Logits divided by a temperature below 1 draw what is likely more often. The likeliest of all is argmax(logits, axis = -1).
# Shapes:
#     logits  f32[.., n]
#     result  i64[..]
# PyTorch: torch.distributions.Categorical(logits=logits).sample()
# Example:
#     print categorical([[0.0, 100.0], [100.0, 0.0]])
#     > [1, 0]
def categorical(logits) = argmax(logits - log(-log(rand_like(logits))), axis = -1)

# keep_top(logits, k): the logits that are below the k largest of the last axis become minus infinity, so that softmax and
# categorical leave them out.
# Shapes:
#     logits  f32[.., n]
#     result  f32[.., n]
# PyTorch: logits.masked_fill(logits < logits.topk(k).values[..., -1:], -inf)
# Example:
#     print keep_top([1.0, 4.0, 2.0, 3.0], 2)
#     > [-inf, 4., -inf, 3.]
def keep_top(logits, k) {
    above_all = -log(zeros_like(max(logits, axis = -1, keepdims = true)))
    scan i in 0..k with least = above_all {
        least = max(where(logits < least, logits, log(0.0)), axis = -1, keepdims = true)
    }
    return where(logits < least, log(0.0), logits)
}
