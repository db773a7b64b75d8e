# networks.dsl -- activations, softmax, losses, layers, metrics and schedules of lib/std.
import "fixed.dsl"

param x = [[-3.0, -1.0, -0.5, 0.0], [0.5, 1.0, 2.0, 7.0]]
param far = [-1000.0, -90.0, -20.0, 20.0, 90.0, 1000.0]
param scores = [[1.0, -0.5, 2.0], [0.25, 3.0, -1.0], [-2.0, 0.5, 0.75], [100.0, -100.0, 0.0]]
param deep = [[[1.0, -0.5], [2.0, 0.25], [3.0, -1.0]], [[-2.0, 0.5], [0.75, 1.5], [-0.25, 0.0]]]
param p = [[0.1, 0.9, 0.5], [0.75, 0.2, 0.999]]
param t = [[0.0, 1.0, 0.5], [1.0, 0.25, 1.0]]
param near = [[0.3, 0.1, -0.5], [1.0, 2.5, 1.0]]
labels = i64([2, 1, 0, 0])
some = i64([2, -100, 0, -100])

# --- activations ---
def leaky(v) = leaky_relu(v, slope = 0.2)
def elu_half(v) = elu(v, alpha = 0.5)
print "relu:", both(relu, x)
print "relu6:", both(relu6, x)
print "leaky_relu:", both(leaky_relu, x), both(leaky, x)
print "elu:", both(elu, x), both(elu_half, x), both(elu, far)
print "selu:", both(selu, x)
print "gelu:", both(gelu, x), both(gelu, far)
print "silu:", both(silu, x), both(silu, far)
print "softplus:", both(softplus, x), both(softplus, far)
print "softplus second derivative:", fixed(grad(weighted(grad(weighted(softplus(x)), x)), x))
print "logsigmoid:", both(logsigmoid, x), both(logsigmoid, far)
print "mish:", both(mish, x)
print "softsign:", both(softsign, x)
print "hardtanh:", both(hardtanh, x)
hole = x[0, 3] / x[0, 3]
print "nan:", relu([hole]), relu6([hole]), elu([hole]), softplus([hole]), hardtanh([hole])

# --- softmax ---
def softmax_first(v) = softmax(v, axis = 0)
def log_softmax_first(v) = log_softmax(v, dim = 0)
print "softmax:", both(softmax, scores), both(softmax_first, scores)
print "log_softmax:", both(log_softmax, scores), both(log_softmax_first, scores)

# --- losses ---
gp, gt = grad(mse_loss(p, near), p, near)
print "mse_loss:", fixed(mse_loss(p, near)), fixed(gp), fixed(gt)
gp, gt = grad(l1_loss(p, near), p, near)
print "l1_loss:", fixed(l1_loss(p, near)), fixed(gp), fixed(gt)
gp, gt = grad(huber_loss(p, near, delta = 0.5), p, near)
print "huber_loss:", fixed(huber_loss(p, near)), fixed(huber_loss(p, near, delta = 0.5)), fixed(gp), fixed(gt)
def plain(s) = cross_entropy(s, labels)
def smooth(s) = cross_entropy(s, labels, label_smoothing = 0.1)
def ignoring(s) = cross_entropy(s, some, ignore_index = -100)
def smooth_ignoring(s) = cross_entropy(s, some, ignore_index = -100, label_smoothing = 0.2)
def planes(s) = cross_entropy(s, i64([[2, 0], [1, 1]]))
def smooth_planes(s) = cross_entropy(s, i64([[2, 0], [1, 1]]), ignore_index = 1, label_smoothing = 0.3)
def single_row(s) = cross_entropy(s[1], i64(2))
print "cross_entropy:", both(plain, scores), both(smooth, scores)
print "cross_entropy ignore_index:", both(ignoring, scores), both(smooth_ignoring, scores)
print "cross_entropy deep:", both(planes, deep), both(smooth_planes, deep)
print "cross_entropy single:", both(single_row, scores)
print "cross_entropy of nothing:", cross_entropy(scores, i64([1, 1, 1, 1]), ignore_index = 1)
def likelihood(s) = nll_loss(s, labels)
def likelihood_ignoring(s) = nll_loss(s, some, ignore_index = -100)
print "nll_loss:", both(likelihood, scores), both(likelihood_ignoring, scores)
gp, gt = grad(bce_with_logits(near, t), near, t)
print "bce_with_logits:", fixed(bce_with_logits(near, t)), fixed(gp), fixed(gt)
def certain(v) = bce_with_logits(v, i64([0, 1, 1, 1, 0, 0]))
print "bce_with_logits far:", both(certain, far)
gp, gt = grad(bce_loss(p, t), p, t)
print "bce_loss:", fixed(bce_loss(p, t)), fixed(gp), fixed(gt)
print "bce_loss certain:", fixed(bce_loss([1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]))
param wrong = [0.0, 1.0]
print "bce_loss gradient:", fixed(grad(bce_loss(wrong, [1.0, 0.0]), wrong) / 1e12)
gs = grad(kl_div(log_softmax(near), t), near)
print "kl_div:", fixed(kl_div(log_softmax(near), t)), fixed(gs)

# --- layers: with weights of our own, by way of functions of them ---
param bent = [0.5, -1.0, 2.0]
fc = linear(2)
ln = layernorm()
lw = layernorm(elementwise_affine = false, eps = 1e-3)
out = fc(scores)
gs, gw, gb = grad(weighted(out), scores, fc.weight, fc.bias)
print "linear:", fixed(out - (scores @ transpose(fc.weight) + fc.bias)), fixed(gw), fixed(gb), shape(fc.weight), shape(fc.bias)
print "linear gradient:", fixed(gs - reshape(linspace(0.5, 2.0, 8), 4, 2) @ fc.weight)
print "layernorm:", both(ln, scores), both(lw, scores)
gw, gb = grad(weighted(ln(scores)), ln.weight, ln.bias)
print "layernorm weights:", fixed(gw), fixed(gb)
print "dropout:", fixed(dropout(near, p = 0.5))

# --- metrics and schedules ---
print "accuracy:", fixed(accuracy(scores, labels)), fixed(accuracy(deep, i64([[2, 0], [1, 0]])))
print "mae rmse r2:", fixed(mae(p, near)), fixed(rmse(p, near)), fixed(r2(p, near))
print "perplexity:", fixed(perplexity(scores, labels))
print "cosine:", fixed(cosine(0.0)), fixed(cosine(0.25)), fixed(cosine(0.5)), fixed(cosine(1.0)), fixed(cosine(0.3, last = 0.1))
print "linear_decay:", fixed(linear_decay(0.0)), fixed(linear_decay(0.25)), fixed(linear_decay(0.5, last = 0.2))
print "exponential:", fixed(exponential(0, 0.9)), fixed(exponential(3, 0.9))
print "step_decay:", fixed(step_decay(0, 3)), fixed(step_decay(2, 3)), fixed(step_decay(3, 3)), fixed(step_decay(7, 3, factor = 0.5))
print "warmup:", fixed(warmup(1, 4)), fixed(warmup(3, 4)), fixed(warmup(4, 4)), fixed(warmup(9, 4)), fixed(constant(3))

# --- random: what is drawn lies where it must, with the moments that it must have ---
param xu: f32[64, 100] = xavier_uniform(gain = 2)
param xn: f32[64, 100] = xavier_normal()
param ku: f32[64, 100] = kaiming_uniform(a = 0.2)
param kn: f32[64, 100] = kaiming_normal()
param lu: f32[4000] = uniform(-2, 3)
wide = linear(64)
wide_out = wide(zeros(1, 100))
# Bounds are reached within 1 %, and never passed; deviations are right within 5 %.
def fills(w, bound) = (max(w) <= bound) and (max(w) > 0.99 * bound) and (min(w) >= -bound) and (min(w) < -0.99 * bound)
def spreads(w, expected) = (abs(std(w) / expected - 1) < 0.05) and (abs(mean(w)) < 0.05 * expected)
print "initialisers:", fills(xu, 2 * sqrt(6 / 164)), spreads(xn, sqrt(2 / 164)), fills(ku, sqrt(6 / (1.04 * 100))), spreads(kn, sqrt(2 / 100))
print "initialised layers:", fills(wide.weight, 0.1), max(abs(wide.bias)) <= 0.1, max(abs(wide.bias)) > 0.09, fills(lu - 0.5, 2.5)
draws = randn(20000)
print "randn:", abs(mean(draws)) < 0.03, abs(var(draws) - 1) < 0.05, abs(mean(draws ** 3)) < 0.1, abs(mean(draws ** 4) - 3) < 0.25
even = rand(20000)
print "rand:", abs(mean(even) - 0.5) < 0.01, abs(var(even) - 1 / 12) < 0.003, min(even) >= 0, max(even) < 1
dice = randint(1, 7, 12000)
print "randint:", min(dice), max(dice), abs(mean(f32(dice == 1)) - 1 / 6) < 0.015, abs(mean(f32(dice)) - 3.5) < 0.06
print "bernoulli:", abs(mean(bernoulli(0.3, 20000)) - 0.3) < 0.015, all((draws > 0) == (draws > 0)), any(rand(100) != rand(100))
