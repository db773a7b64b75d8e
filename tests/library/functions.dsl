# functions.dsl -- lib/std/functions.dsl, and the tensor functions that need more than a line there:
# einsum, diagonals, borders, pieces.
import "fixed.dsl"

param x = [[-2.5, -1.0, -0.25], [0.5, 1.75, 3.0]]
param unit = [-0.875, -0.5, 0.0, 0.25, 0.75]
param positive = [0.1, 0.5, 1.0, 2.5, 10.0]
param a = [[[0.5, -1.0, 2.0], [3.0, 0.25, -2.0]], [[1.0, 1.0, -0.5], [4.0, -3.0, 0.75]]]
param m = [[1.0, -2.0, 0.5], [0.25, 3.0, -1.5], [2.0, -0.5, 1.0]]
param n = [[2.0, -1.0], [0.5, 1.5], [-0.75, 1.0]]
param u = [0.5, -1.5, 2.0]
param v = [1.0, 4.0, -0.5]
k = reshape(arange(12), 3, 4)
odd = [-2.5, -0.5, 0.0, 1.5, inf, -inf, nan]

# --- each element ---
print "tan:", both(tan, x)
print "asin:", both(asin, unit), fixed(asin([-1.0, 1.0]))
print "acos:", both(acos, unit), fixed(acos([-1.0, 1.0]))
print "atan:", both(atan, x), fixed(atan([inf, -inf]))
gy, gx = grad(weighted(atan2(x, m[0] + 0.25)), x, m)
print "atan2:", fixed(atan2(x, m[0])), fixed(gy), fixed(gx),
    fixed(atan2([0.0, 0.0, 1.0, -1.0], [1.0, -1.0, 0.0, 0.0]))
print "sinh:", both(sinh, x)
print "cosh:", both(cosh, x)
print "exp2:", both(exp2, x)
print "log2:", both(log2, positive), fixed(log2([8.0, 1024.0]))
print "log10:", both(log10, positive), fixed(log10([1000.0, 1e6]))
print "square:", both(square, x), square([-3, 2])
print "reciprocal:", both(reciprocal, x)
print "trunc:", fixed(trunc(odd[0:4])), trunc([-3, 2])
print "frac:", both(frac, x)
gx, gm = grad(weighted(fmod(x, m[0:2])), x, m)
print "fmod:", fixed(fmod(x, m[0:2])), fixed(gx), fixed(gm), fmod([-7, 7, -6, 6], 3)
print "remainder:", fixed(remainder(x, m[0:2])), remainder([-7, 7, -6, 6], 3)
print "isinf:", isinf(odd), isfinite(odd), isnan(odd)
print "compare:", eq(k, 5), ne(k, 5), lt(k, 5), le(k, 5), gt(k, 5), ge(k, 5)
print "logical:", logical_and(k, k - 5), logical_or(k, k - 5), logical_xor(k, k - 5), logical_not(k)
near = [1.0, 1.000009, 1.001, inf, inf, nan]
to = [1.0, 1.0, 1.0, inf, -inf, nan]
print "isclose:", isclose(near, to), isclose(near, to, equal_nan = true),
    isclose(near, to, rtol = 0.01), allclose(near, near), allclose(near, near, equal_nan = true)

# --- lengths ---
def norm1(t) = norm(t, 1, axis = 1)
def norm3(t) = norm(t, 3, axis = 0)
def half(t) = norm(t, 0.5)
def largest(t) = norm(t, inf, axis = -1)
def smallest(t) = norm(t, -inf)
def backwards(t) = norm(t, -2, dim = 1, keepdim = true)
print "norm:", both(norm1, x), both(norm3, x), both(half, x), both(largest, x), both(smallest, x),
    both(backwards, x)
print "norm of how many:", norm([0.0, 2.0, -1.0], 0), norm(zeros(3), 3), fixed(norm(x, ord = 2))
print "norm at zero:", fixed(grad(norm(u - u, 3), u)), fixed(grad(norm(u - u), u))

# --- triangles and diagonals ---
print "tril:", tril(k), tril(k, 1), tril(k, diagonal = -1), both(tril, a)
print "triu:", triu(k), triu(k, 2), triu(k, diagonal = -2)
print "trace:", fixed(trace(m)), fixed(grad(trace(m @ m), m)), numel(a)
def column(t) = diag(t, -1)
def upper(t) = diagonal(t, 1, 2, 1)
print "diag:", both(diag, u), both(column, u), both(diag, m), diag(k), diag(k, 2), diag(k, -2),
    shape(diag(k, 7)), shape(diag(k, -3))
print "diagonal:", both(upper, a), fixed(diagonal(a)), fixed(diagonal(a, dim1 = 0, dim2 = 2)),
    shape(diagonal(a, 9))

# --- einsum ---
gm, gn = grad(weighted(einsum("ij,jk->ik", m, n)), m, n)
print "einsum product:", fixed(einsum("ij,jk->ik", m, n)), fixed(gm), fixed(gn)
print "einsum turned:", fixed(einsum("ij,jk->ki", m, n)), fixed(einsum("ji,jk", m, n)),
    fixed(einsum("ba", m))
ga, gm = grad(weighted(einsum("bij,kj->bki", a, m)), a, m)
print "einsum batched:", fixed(einsum("bij,kj->bki", a, m)), fixed(ga), fixed(gm)
gm, gu, gv = grad(einsum("i,ij,j->", u, m, v), m, u, v)
print "einsum of three:", fixed(einsum("i,ij,j->", u, m, v)), fixed(gm), fixed(gu), fixed(gv)
print "einsum of four:", fixed(einsum("ij,jk,kl,li->il", m, m, m, m)),
    fixed(grad(weighted(einsum("ij,jk,kl,li->il", m, m, m, m)), m))
print "einsum diagonal:", fixed(einsum("ii", m)), fixed(einsum("ii->i", m)),
    fixed(einsum("ii,ij->j", m, m)), fixed(grad(weighted(einsum("ii->i", m)), m)),
    fixed(einsum("iji->j", einsum("ij,k->ijk", m, u)))
print "einsum sums:", fixed(einsum("ij->", m)), fixed(einsum("ij->j", m)),
    fixed(einsum("bij->jb", a)), fixed(einsum("ij,k->i", m, u)),
    fixed(grad(weighted(einsum("ij,k->i", m, u)), m))
print "einsum elementwise:", fixed(einsum("i,i->i", u, v)), fixed(einsum("i,j->ji", u, v)),
    fixed(einsum("ij,j->ij", m, u)), fixed(grad(weighted(einsum("i,j->ji", u, v)), u))
print "einsum ellipsis:", fixed(einsum("...ij,jk->...ik", a, m)), fixed(einsum("...j,j", a, u)),
    fixed(einsum("i...->...", a)), fixed(einsum("...i,...i->...", a, u)),
    fixed(einsum("...,...", 2.0, u)), fixed(einsum("...j->j", a))
print "einsum by one:", fixed(einsum("bij,bjk->bik", a[0:1], reshape(a, 2, 3, 2))),
    fixed(einsum("ij,j->i", n, [2.0]))
print "einsum of integers:", einsum("ij,kj->ik", k, k), einsum("iJ,Ji", k, transpose(k)),
    einsum(" ij , j k -> ik ", [k, transpose(k)])

# --- borders and pieces ---
def mirror(t) = pad(t, [2, 1], mode = "reflect")
def edge(t) = pad(t, [1, 2, 1, 0], mode = "replicate")
def around(t) = pad(t, [1, 3, 2, 1], mode = "circular")
def filled(t) = pad(t, [1, 0, 0, 2], value = 1.5)
print "pad:", both(mirror, a), both(edge, a), both(around, a), both(filled, x),
    pad([1, 2, 3], [0, 2], "replicate")
print "dstack:", dstack([[1, 2], [3, 4]]), shape(dstack([k, k])), shape(dstack([a, a])),
    dstack([5, 6])
print "chunk:", chunk(arange(7), 3), chunk(arange(5), 4), chunk(k, 2, axis = 1),
    chunk(arange(2), 5), unbind(k), unbind(k, dim = 1)
print "split:", split(arange(7), 3), split(k, [1, 3], dim = 1)
print "tile:", tile([1, 2], 2, 2), tile(k, 2), shape(tile(a, [2, 1, 1, 2])),
    shape(repeat(a, 1, 2, 1, 2))
print "move:", shape(movedim(a, 0, 2)), shape(movedim(a, [0, 1], [-1, 0])), swapaxes(k, 0, 1),
    shape(swapaxes(a, -1, 0)), broadcast_to([1, 2], 2, 2)
print "ask:", a.shape, a.ndim, a.dtype, k.dtype, k.T
