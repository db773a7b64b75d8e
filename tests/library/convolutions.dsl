# convolutions.dsl -- convolutions, pooling and normalisation of lib/std, with all that they can be told.
import "fixed.dsl"

# Numbers that look like any: no two alike, none at a kink.
def wave(n, turn) = sin(f64(arange(n)) * turn)

param x: f64[2, 4, 7, 6] = reshape(wave(336, 0.7), 2, 4, 7, 6)
param w: f64[6, 4, 3, 2] = reshape(wave(144, 1.3), 6, 4, 3, 2)
param b: f64[6] = wave(6, 0.9)
param s: f64[2, 4, 11] = reshape(wave(88, 0.6), 2, 4, 11)
param v: f64[6, 4, 3] = reshape(wave(72, 1.1), 6, 4, 3)
param t: f64[4, 6, 3, 2] = reshape(wave(144, 1.7), 4, 6, 3, 2)
param u: f64[4, 6, 3] = reshape(wave(72, 0.4), 4, 6, 3)

# stride, padding, dilation, groups
for c in [[1, 0, 1, 1], [2, 1, 1, 1], [3, 2, 2, 2], [1, 3, 1, 4 // 2], [4, 0, 3, 1]] {
    y = conv1d_with(s, v[:, 0 : 4 // c[3]], b, stride = c[0], padding = c[1], dilation = c[2], groups = c[3])
    gs, gv, gb = grad(weighted(y), s, v, b)
    print "conv1d:", fixed(y), fixed(gs), fixed(gv), fixed(gb)
}
for c in [[[1, 1], [0, 0], [1, 1], 1], [[2, 1], [1, 0], [1, 2], 1], [[1, 3], [2, 2], [2, 1], 2],
          [[2, 2], [1, 1], [1, 1], 2], [[3, 2], [0, 1], [3, 1], 1]] {
    y = conv2d_with(x, w[:, 0 : 4 // c[3]], b, stride = c[0], padding = c[1], dilation = c[2], groups = c[3])
    gx, gw, gb = grad(weighted(y), x, w, b)
    print "conv2d:", fixed(y), fixed(gx), fixed(gw), fixed(gb)
}
each = conv2d_with(x, reshape(w[0:4], 16, 1, 3, 2)[0:8], groups = 4)
gx, gw = grad(weighted(each), x, w)
print "conv2d depthwise:", fixed(each), fixed(gx), fixed(gw)
print "conv2d same:", fixed(conv2d_with(x, w, padding = "same")), fixed(conv2d_with(x, w, padding = "same", dilation = 2)), fixed(conv2d_with(x, w, padding = "valid"))
print "conv2d alone:", fixed(conv2d_with(x[0], w, b)), fixed(conv1d_with(s[1], v))
def bent(v) = conv2d_with(tanh(v), w, stride = 2, padding = 1)
print "conv2d second order:", fixed(grad(sum(grad(weighted(bent(x) ** 2), x) ** 2), x))
gx = grad(sum(grad(weighted(bent(x) ** 2), x) ** 2), w)
print "conv2d second order by weight:", fixed(gx)

# stride, padding, output_padding, dilation, groups
for c in [[1, 0, 0, 1, 1], [2, 1, 1, 1, 1], [3, 2, 2, 2, 2], [2, 0, 1, 3, 1]] {
    y = conv_transpose1d_with(s, u[:, 0 : 6 // c[4]], b, stride = c[0], padding = c[1], output_padding = c[2], dilation = c[3], groups = c[4])
    gs, gu, gb = grad(weighted(y), s, u, b)
    print "conv_transpose1d:", fixed(y), fixed(gs), fixed(gu), fixed(gb)
}
for c in [[[1, 1], [0, 0], [0, 0], [1, 1], 1], [[2, 2], [1, 1], [1, 0], [1, 1], 1], [[3, 2], [1, 2], [2, 1], [1, 2], 2]] {
    y = conv_transpose2d_with(x[0:1], t[:, 0 : 6 // c[4]], b, stride = c[0], padding = c[1], output_padding = c[2], dilation = c[3], groups = c[4])
    gx, gt, gb = grad(weighted(y), x, t, b)
    print "conv_transpose2d:", fixed(y[:, 0:3]), fixed(gx), fixed(gt), fixed(gb)
}

# --- pooling: kernel_size, stride, padding, dilation, ceil_mode ---
for c in [[2, 2, 0, 1, false], [3, 2, 1, 1, false], [3, 1, 1, 2, false], [3, 3, 0, 1, true], [2, 3, 1, 1, true]] {
    def pool1(v) = maxpool1d(v, c[0], stride = c[1], padding = c[2], dilation = c[3], ceil_mode = c[4])
    def pool2(v) = maxpool2d(v, c[0], stride = c[1], padding = c[2], dilation = c[3], ceil_mode = c[4])
    print "maxpool:", both(pool1, s), both(pool2, x)
}
def pool_pair(v) = max_pool2d(v, [3, 2], stride = [2, 1], padding = [1, 0])
print "maxpool2d by axis:", both(pool_pair, x)
param ties = [[[1.0, 1.0, 0.0, 2.0], [1.0, 3.0, 2.0, 2.0], [0.0, 0.0, 5.0, 5.0], [0.0, 0.0, 5.0, 5.0]]]
def pool_ties(v) = maxpool2d(v, 2)
def pool_overlap(v) = maxpool2d(v, 3, stride = 1)
print "maxpool2d ties:", both(pool_ties, ties), both(pool_overlap, ties)
for c in [[2, 2, 0, false, true], [3, 2, 1, false, true], [3, 2, 1, true, false], [3, 1, 1, false, false], [4, 3, 2, true, true]] {
    def pool1(v) = avgpool1d(v, c[0], stride = c[1], padding = c[2], ceil_mode = c[3], count_include_pad = c[4])
    def pool2(v) = avgpool2d(v, c[0], stride = c[1], padding = c[2], ceil_mode = c[3], count_include_pad = c[4])
    print "avgpool:", both(pool1, s), both(pool2, x)
}
def pool_divided(v) = avg_pool2d(v, [2, 3], divisor_override = 5)
print "avgpool2d divisor:", both(pool_divided, x)
for out in [[1, 1], [3, 2], [5, 4], [7, 6]] {
    def pool2(v) = adaptive_avg_pool2d(v, out)
    print "adaptive_avgpool2d:", both(pool2, x)
}
print "global pools:", both(global_avgpool2d, x), both(global_maxpool2d, x)

# --- rearranging ---
def columns(v) = unfold(v[:, 1:3], [3, 2], dilation = [1, 2], padding = [1, 0], stride = [2, 1])
def larger(v) = upsample(v[:, 0:1, 0:2, 0:3], [2, 3])
print "unfold:", both(columns, x)
print "windows:", fixed(windows(s, -1, 4, step = 3)), shape(windows(x, 2, 3))
print "upsample:", both(larger, x)

# --- normalisation ---
ln = layernorm([7, 6])
lw = layernorm(6, eps = 1e-2, elementwise_affine = false)
lb = layernorm(bias = false)
rn = rmsnorm(eps = 1e-6)
rw = rmsnorm([7, 6], eps = 1e-3, elementwise_affine = false)
gn = groupnorm(2)
gw = groupnorm(4, eps = 1e-2, affine = false)
in1 = instancenorm1d()
in2 = instancenorm2d(affine = true)
print "layernorm:", both(ln, x), both(lw, x), both(lb, x), shape(ln.weight), shape(ln.bias), shape(lb.weight)
g1, g2 = grad(weighted(ln(x)), ln.weight, ln.bias)
print "layernorm weights:", fixed(g1), fixed(g2)
print "rmsnorm:", both(rn, x), both(rw, x), fixed(grad(weighted(rn(x)), rn.weight))
print "groupnorm:", both(gn, x), both(gw, s)
g1, g2 = grad(weighted(gn(x)), gn.weight, gn.bias)
print "groupnorm weights:", fixed(g1), fixed(g2)
print "instancenorm:", both(in1, s), both(in2, x)
bn = batchnorm2d()
bd = batchnorm1d(track_running_stats = false, affine = false)
print "batchnorm evaluated:", fixed(bn(x)), fixed(bd(s)), fixed(bd(s[0])), shape(bn.running_var), bn.num_batches_tracked

# --- first values: within the bound of PyTorch's, and up to it ---
c1 = conv1d(200, 5, groups = 2)
c2 = conv2d(100, [3, 2])
t1 = conv_transpose1d(40, 5)
t2 = conv_transpose2d(60, 3, groups = 2)
y1 = c1(zeros(1, 4, 9))
y2 = c2(zeros(1, 4, 9, 9))
y3 = t1(zeros(1, 4, 9))
y4 = t2(zeros(1, 4, 9, 9))
def fills(w, bound) = (max(abs(w)) <= bound) and (max(abs(w)) > 0.95 * bound)
print "layers:", shape(c1.weight), shape(c2.weight), shape(t1.weight), shape(t2.weight), shape(y1), shape(y2), shape(y3), shape(y4)
print "first values:", fills(c1.weight, 1 / sqrt(10)), fills(c1.bias, 1 / sqrt(10)), fills(c2.weight, 1 / sqrt(24)), fills(t1.weight, 1 / sqrt(200)), fills(t2.weight, 1 / sqrt(270)), fills(t2.bias, 1 / sqrt(270))
