# empty.dsl -- tensors without elements, of rank 0, with axes of size 1, and of rank 8.
import "fixed.dsl"

param e = zeros(0, 3)
param w = [1.0, 2.0, 3.0]
x = reshape(arange(6), 2, 3)
none_left = zeros(2, 3)[:, 0:0]

print "reductions:", fixed(sum(e)), fixed(sum(e, axis = 0)), shape(sum(e, axis = 1)),
    fixed(prod(e)), fixed(prod(e, axis = 0)), fixed(sum(zeros(3, 0), axis = 1)), sum(i64(e))
print "means:", isnan(mean(e)), isnan(mean(e, axis = 0)), shape(mean(e, axis = 1)),
    isnan(mean(f16(e)))
print "variances:", isnan(var(e)), isnan(std(e, axis = 0)), isnan(var(ones(1))),
    isinf(var(w, correction = 4)), isinf(std(w, correction = 3)), fixed(var(w, correction = 2))
print "any all:", any(e > 0), all(e > 0), any(e > 0, axis = 0), all(e > 0, axis = 0),
    shape(any(e > 0, axis = 1)), all(e > 0, axis = 0, keepdims = true)
print "extremes of rows:", shape(max(e, axis = 1)), shape(argmax(e, axis = 1)),
    shape(min(e, axis = 1, keepdims = true))
print "logsumexp:", logsumexp(e), shape(logsumexp(none_left, axis = 0)),
    logsumexp(none_left, axis = 1), fixed(norm(e)), fixed(norm(none_left, 1, axis = 1))
print "softmax:", shape(softmax(e)), shape(softmax(e, axis = 0)), shape(log_softmax(none_left))
print "join:", fixed(concat([e, ones(2, 3)])), shape(concat([e, e])), shape(stack([e, e])),
    fixed(hstack([zeros(2, 0), ones(2, 1)])), fixed(vstack([zeros(0, 2), ones(1, 2)]))
print "split:", shape(split(e, 2)[0]), shape(split(e, [1, 2], axis = 1)[1]), shape(chunk(e, 2)[0])
print "products:", fixed(zeros(2, 0) @ zeros(0, 3)), shape(zeros(0, 2) @ ones(2, 3)),
    fixed(zeros(0) @ zeros(0)), shape(zeros(4, 0, 2) @ zeros(4, 2, 3)),
    fixed(zeros(2, 1, 0) @ zeros(2, 0, 2)), shape(outer(zeros(0), ones(3))),
    fixed(einsum("ij,jk->ik", zeros(2, 0), zeros(0, 3)))
print "slices:", shape(x[2:]), shape(x[:, 3:]), shape(x[1:1, ::-1]), shape(x[:, 0:0] + 1),
    shape(x[0:0] * x[0:1])
print "shapes:", shape(reshape(e, 3, 0)), shape(reshape(e, 0, 7, 2)), shape(flatten(e)),
    shape(transpose(e)), shape(squeeze(zeros(1, 0, 1))), shape(unsqueeze(e, 0)),
    shape(expand(zeros(1, 0), 4, 0)), shape(flip(e, 0)), shape(repeat(e, 2, 1)),
    shape(repeat(ones(2), 0)), fixed(pad(e, [0, 0, 1, 0])), shape(tril(zeros(0, 0))),
    shape(diag(zeros(0)))
print "each element:", shape(exp(e)), shape(where(e > 0, e, 1)), shape(e == e),
    shape(clamp(e, 0, 1)), shape(e * zeros(1, 3))
print "create:", shape(eye(0)), shape(arange(0)), shape(arange(3, 3)), shape(full([0, 2], 7)),
    shape(randn(0, 2)), shape(randint(0, 5, 0))
print "gradients:", fixed(grad(sum(w[1:1]), w)), fixed(grad(sum(concat([w[0:0], w])), w)),
    fixed(grad(sum(zeros(0, 3) @ w), w)), fixed(grad(prod(w[0:0]), w)),
    fixed(grad(sum(w) * sum(e), w)), shape(grad(sum(e * e), e))
print "joined with nothing:", fixed(grad(sum(concat([w * 2, w[0:0]]) ** 2), w)),
    fixed(grad(sum(concat([w, w[3:], w[1:1] + 1]) ** 3), w)),
    fixed(grad(sum(pad(w[0:0], [1, 1])), w))

# --- rank 0 ---
s = sum(w)
print "scalars:", shape(s), ndim(s), fixed(s + w), fixed(sum(s)), fixed(max(s)), fixed(s * s),
    shape(unsqueeze(s, 0)), shape(reshape(s, 1, 1)), fixed(where(s > 1, s, 0.0)),
    fixed(stack([s, s])), fixed(mean(s)), shape(expand(s, 2, 1))

# --- rank 8 ---
r = reshape(arange(96), 1, 2, 1, 3, 2, 1, 4, 2)
print "rank 8:", shape(r), sum(r), sum(r, axis = [1, 3, 4, 6]),
    shape(permute(r, 7, 6, 5, 4, 3, 2, 1, 0)), shape(squeeze(r)),
    flip(r, [3, 7])[0, 1, 0, :, 1, 0, 3], shape(r + r[:, :, :, 0:1]),
    shape(concat([r, r], axis = 5)), argmax(r[0, :, 0], axis = 1)[0, 0, 0],
    shape(transpose(r, 1, 6)), sum(permute(r, 7, 6, 5, 4, 3, 2, 1, 0)[1, ::2] * 2),
    shape(repeat(r, 1, 1, 2, 1, 1, 1, 1, 1)[0])
