# tensors.dsl -- reductions, products, indexing, shapes, joins, and tensors from nothing.
import "fixed.dsl"

param x = [[[0.5, -1.0, 2.0], [3.0, 0.25, -2.0]], [[1.0, 1.0, -0.5], [4.0, -3.0, 0.75]]]
param m = [[1.0, -2.0, 0.5], [0.25, 3.0, -1.5]]
param n = [[2.0, -1.0], [0.5, 1.5], [-0.75, 1.0]]
param u = [0.5, -1.5, 2.0]
param v = [1.0, 4.0, -0.5]
param tied = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -1.0, 5.0]]
param flat = [2.0, 2.0, 2.0]
param holes = [[2.0, 0.0, 3.0], [0.0, 4.0, 0.0], [1.5, -2.0, 0.5]]
k = reshape(arange(12), 3, 4)

# --- reductions ---
print "sum:", fixed(sum(x)), fixed(sum(x, axis = 0)), fixed(sum(x, axis = [0, 2])), fixed(x.sum(dim = -1))
print "sum keepdims:", shape(sum(x, axis = 1, keepdims = true)), shape(sum(x, axis = [0, 2], keepdims = true))
print "sum of integers:", sum(k), sum(k, axis = 1), sum(k > 4), prod(k + 1, axis = 0)
def middle(t) = mean(t, axis = 1)
def mean_all(t) = mean(t)
print "mean:", both(middle, x), both(mean_all, x), fixed(mean(k > 4))
def var_last(t) = var(t, axis = -1)
def var_population(t) = var(t, axis = [0, 1], correction = 0)
def std_all(t) = std(t)
def std_first(t) = std(t, axis = 0, correction = 0)
print "var:", both(var_last, x), both(var_population, x), fixed(var(x))
print "std:", both(std_all, x), both(std_first, x)
print "std of equal elements:", both(std_all, flat)
def max_last(t) = max(t, axis = -1)
def min_first(t) = min(t, axis = 0)
def max_all(t) = max(t)
print "max:", both(max_last, tied), both(max_all, x), fixed(max(x, axis = [0, 2]))
print "min:", both(min_first, tied), fixed(min(x)), min(k, axis = 0)
print "argmax:", argmax(tied, axis = 1), argmax(tied, axis = 0), argmax(tied), argmin(tied, axis = 1), argmin(k, axis = 0)
print "argmax keepdims:", argmax(tied, axis = 1, keepdims = true), shape(argmax(tied, axis = 1, keepdims = true))
hole = tied[2, 0] / tied[2, 0]
print "max with nan:", max([1.0, hole, 2.0]), min([hole, 0.0]), argmax([1.0, hole, 2.0])
def prod_last(t) = prod(t, axis = -1)
print "prod:", both(prod_last, holes), fixed(prod(u))
print "any all:", any(k > 10), all(k > 10), any(k > 10, axis = 1), all(k > 3, axis = 1)
print "norm:", both(norm, x), fixed(norm(x, axis = 1)), fixed(grad(norm(flat - 2), flat))
def lse_last(t) = logsumexp(t, axis = -1)
print "logsumexp:", both(logsumexp, x), both(lse_last, x)
down = log(flat - 2)
print "logsumexp of nothing:", logsumexp(down), logsumexp(-down), logsumexp([1000.0, 1000.0])
empty = zeros(0, 4)
print "empty:", fixed(sum(empty)), fixed(sum(empty, axis = 0)), fixed(prod(empty)), mean(empty), shape(empty @ zeros(4, 2)), fixed(zeros(2, 0) @ zeros(0, 3)), fixed(concat([empty, ones(1, 4)]))

# --- products ---
gm, gn = grad(weighted(m @ n), m, n)
print "matmul:", fixed(m @ n), fixed(gm), fixed(gn)
gm, gu = grad(weighted(m @ u), m, u)
print "matrix vector:", fixed(m @ u), fixed(gm), fixed(gu)
print "vector matrix:", fixed(u @ n), fixed(grad(weighted(u @ n), n))
gu, gv = grad(dot(u, v), u, v)
print "dot:", fixed(dot(u, v)), fixed(u @ v), fixed(gu), fixed(gv)
gu, gv = grad(weighted(outer(u, v)), u, v)
print "outer:", fixed(outer(u, v)), fixed(gu), fixed(gv)
gx, gn = grad(weighted(x @ n), x, n)
print "batched matmul:", fixed(x @ n), fixed(gx), fixed(gn)
gx, gm = grad(weighted(x @ transpose(x, 1, 2)), x, m)
print "batches:", fixed(x @ transpose(x, 1, 2)), fixed(gx)
gm, gx = grad(weighted(transpose(m) @ x), m, x)
print "matrix by batch:", fixed(transpose(m) @ x), fixed(gm), fixed(gx)
gu, gx = grad(weighted(u[0:2] @ x), u, x)
print "vector by batch:", fixed(u[0:2] @ x), fixed(gu), fixed(gx)
gu, gx = grad(weighted(x @ u), u, x)
print "batch by vector:", fixed(x @ u), fixed(gu), fixed(gx)
pairs = reshape(x, 2, 1, 2, 3) @ reshape(transpose(x, 1, 2), 1, 2, 3, 2)
print "broadcast batches:", shape(pairs), fixed(pairs), fixed(grad(weighted(pairs), x))
print "integer matmul:", k @ transpose(k), u8([200]) @ u8([2])

# --- second derivatives ---
def slope_of(f, x) = grad(weighted(grad(f(x), x)), x)
def cubes(t) = weighted(t ** 3)
def entropy(t) = cross_entropy(t, i64([0, 2]))
def normalised(t) = weighted(t |> layernorm(elementwise_affine = false))
print "second derivatives:", fixed(slope_of(cubes, x)), fixed(slope_of(entropy, m)), fixed(slope_of(normalised, m)), fixed(slope_of(norm, m)), fixed(slope_of(prod, u)), fixed(slope_of(logsumexp, m))

# --- indexing ---
print "index:", k[1], k[-1, 0], k[:, 2], k[0:2], k[1:3, ::2], k[.., 0]
print "negative steps:", k[::-1, ::-2], k[2:0:-1], k[:, 3:0:-2]
print "out of range slices:", k[1:100, -2:], shape(k[5:, :]), k[-100:1]
print "new axis:", shape(k[none]), shape(k[.., none])
def parts(t) = t[0, :, ::-1] * t[1, 1, 0] + t[:, 0]
print "index gradient:", both(parts, x)

# --- shapes ---
print "reshape:", reshape(k, 2, 6), k.reshape(-1, 2, 3), shape(view(k, 4, -1)), flatten(k)
print "transpose:", transpose(k), permute(reshape(k, 2, 3, 2), 2, 0, 1), transpose(reshape(k, 2, 3, 2), 0, 1)
print "flatten:", shape(flatten(x, 1)), shape(flatten(x, 0, 1)), shape(squeeze(x[:, :, 0:1])), shape(unsqueeze(m, 1)), shape(unsqueeze(m, -1))
print "expand:", expand(k[:, 0:1], -1, 2), shape(expand(k, 2, -1, -1))
print "flip:", flip(k, axis = 1), flip(k), flip(k, axis = [0])
def turned(t) = flip(permute(t, 2, 0, 1), axis = 1)
print "permute gradient:", both(turned, x)

# --- joins ---
print "concat:", concat([k, k[0:1]]), concat([k[:, 0:1], k], axis = 1), shape(cat([x, x], dim = -1))
print "stack:", stack([k[0], k[1]]), stack([k[0], k[1]], axis = 1), shape(stack([m, m], axis = -1))
print "hstack:", hstack([k[0], k[1]]), hstack([k[:, 0:1], k]), vstack([k[0], k[1]]), vstack([k, k])
p, q = split(k, 2, axis = 1)
first, second, third = split(k, [1, 2, 1], axis = -1)
print "split:", p, q, first, second, third
print "repeat:", repeat(k[:, 0:2], 1, 2), repeat(k[0], 2, 1)
print "pad:", pad(k, [1, 2], value = -1), pad(k, [0, 1, 1, 0])
def joined(t) = concat([pad(t, [1, 0]) * 2, repeat(t, 1, 2)[:, 1:5]], axis = 0)
print "join gradient:", both(joined, m)

# --- from nothing ---
print "ranges:", arange(5), arange(2, 11, 3), arange(5, 0, -2), fixed(arange(0.0, 1.0, 0.3)), fixed(linspace(-1, 1, 5))
print "eye:", eye(3, dtype = "i64"), eye(2, 3, dtype = "i64"), full([2, 2], 7), zeros(2, 2), ones_like(k), full_like(k, 3)
print "one_hot:", one_hot(i64([2, 0, 1]), 4), one_hot(i64([1, 0]), 2, axis = 0), dtype(one_hot(i64([1]), 2))
print "pick:", fixed(pick(m, i64([2, 0]))), fixed(pick(m, i64([1, 0, 1]), axis = 0)), fixed(grad(weighted(pick(m, i64([2, 0]))), m))
