# gpu_convolutions.dsl -- convolutions, their gradients and those of second order in whole numbers: no sum is rounded, so that
# -O0 and all that a GPU does give the same bits.  tests/gpu_products.sh compares them.

# Small whole numbers that look like any.
def whole(n, turn) = f32(arange(n) * round(turn * 10) % 7 - 3)
def told(x) = sum(f64(x) * f64(reshape(whole(size(x), 0.37), shape(x))))
def weighted(x) = sum(x * reshape(whole(size(x), 0.83), shape(x)))

param x: f32[3, 8, 9, 7] = reshape(whole(1512, 0.7), 3, 8, 9, 7)
param w: f32[6, 8, 3, 2] = reshape(whole(288, 1.3), 6, 8, 3, 2)
param s: f32[3, 8, 17] = reshape(whole(408, 0.6), 3, 8, 17)
param v: f32[6, 8, 3] = reshape(whole(144, 1.1), 6, 8, 3)
param t: f32[8, 6, 3, 2] = reshape(whole(288, 1.7), 8, 6, 3, 2)
param each: f32[16, 1, 3, 3] = reshape(whole(144, 0.9), 16, 1, 3, 3)

# stride, padding, dilation, groups
for c in [[1, 0, 1, 1], [2, 1, 1, 2], [3, 2, 2, 1]] {
    y = conv1d_with(s, v[:, 0 : 8 // c[3]], stride = c[0], padding = c[1], dilation = c[2], groups = c[3])
    gs, gv = grad(weighted(y), s, v)
    print "conv1d", told(y), told(gs), told(gv)
}
for c in [[[1, 1], [1, 1], [1, 1], 1], [[2, 1], [1, 0], [1, 2], 2]] {
    y = conv2d_with(x, w[:, 0 : 8 // c[3]], stride = c[0], padding = c[1], dilation = c[2], groups = c[3])
    gx, gw = grad(weighted(y), x, w)
    print "conv2d", told(y), told(gx), told(gw)
}
y = conv2d_with(x, each[0:8], padding = 1, groups = 8)
gx, gw = grad(weighted(y), x, each)
print "depthwise", told(y), told(gx), told(gw)
y = conv_transpose2d_with(x, t, stride = [2, 1], padding = [1, 0], output_padding = [1, 0])
gx, gt = grad(weighted(y), x, t)
print "transposed", told(y), told(gx), told(gt)
def squared(v) = weighted(conv2d_with(v * v, w, padding = 1))
print "second order", told(grad(weighted(grad(squared(x), x) * x), x)), told(grad(weighted(grad(squared(x), x) * x), w))

# Products of other dtypes: halves are summed in f32, integers wrap around.
def numbers(n, step) = arange(n) * step % 7 - 3
a, b = reshape(numbers(2368, 4), 37, 64), reshape(numbers(3392, 5), 64, 53)
def all_of(x) = sum(f64(x) * f64(reshape(numbers(size(x), 3), shape(x))))
print "f16, bf16", all_of(einsum("ik,kj->ij", f16(a), f16(b))), all_of(einsum("ik,kj->ij", bf16(a), bf16(b)))
print "i32, i64", all_of(einsum("ik,kj->ij", i32(a), i32(b))), all_of(einsum("ik,kj->ij", i64(a), i64(b)))
print "i8, i16", all_of(einsum("ik,kj->ij", i8(a), i8(b))), all_of(einsum("ik,k->i", i16(a), i16(b[:, 0])))
