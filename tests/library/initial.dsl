# initial.dsl -- first values: what is determined, and the ranges and moments of what is drawn.
import "fixed.dsl"
param c: f32[2, 3] = 0.5
param e: f32[2, 3] = eye(2, 3)
param d1: f32[4, 2, 3] = dirac(2)
param d2: f32[3, 2, 3, 4] = dirac()
print "constant:", c, zeros(2), ones(3)
print "eye:", e
print "dirac:", d1, d2
print "calculate_gain:", fixed(calculate_gain("linear")), fixed(calculate_gain("sigmoid")), fixed(calculate_gain("tanh")), fixed(calculate_gain("relu")), fixed(calculate_gain("leaky_relu")), fixed(calculate_gain("leaky_relu", 0.2)), fixed(calculate_gain("selu"))

# The spread that PyTorch's function is told, of convolutions too: [outputs, inputs / groups, 3, 5].
def spread(w, expected) = (abs(std(w) / expected - 1) < 0.02) and (abs(mean(w)) < 0.02 * expected)
def within(w, low, high) = (min(w) >= low) and (max(w) <= high) and (min(w) < 0.98 * low + 0.02 * high) and (max(w) > 0.98 * high + 0.02 * low)
param x1: f32[60, 20, 3, 5] = xavier_uniform(gain = 2)
param x2: f32[60, 20, 3, 5] = xavier_normal()
param k1: f32[60, 20, 3, 5] = kaiming_uniform(a = 0.2)
param k2: f32[60, 20, 3, 5] = kaiming_normal(mode = "fan_out", nonlinearity = "relu")
param k3: f32[60, 20, 3, 5] = kaiming_normal(nonlinearity = "tanh")
print "fans:", spread(x1, 2 * sqrt(2 / 1200)), spread(x2, sqrt(2 / 1200)), spread(k1, sqrt(2 / 1.04 / 300)), spread(k2, sqrt(2 / 900)), spread(k3, 5 / 3 / sqrt(300.0))
print "bounds:", within(x1, -2 * sqrt(6 / 1200), 2 * sqrt(6 / 1200)), within(k1, -sqrt(6 / 1.04 / 300), sqrt(6 / 1.04 / 300))

# A normal cut to [-1, 3] has the mean 0.2828 and the standard deviation 0.7795.
param t1: f32[20000] = trunc_normal(a = -1.0, b = 3.0)
param t2: f32[20000] = trunc_normal(mean = 3.0, std = 2.0)
print "trunc_normal:", (min(t1) >= -1) and (min(t1) < -0.99), (max(t1) <= 3) and (max(t1) > 2.7), abs(mean(t1) - 0.282794) < 0.02, abs(std(t1) / 0.779507 - 1) < 0.02, within(t2, -2.0, 2.0)
print "erfinv:", fixed(erfinv(f64([-0.999, -0.5, -0.01, 0.0, 1e-5, 0.3, 0.9, 0.99999])))

param o1: f32[5, 8] = orthogonal()
param o2: f32[8, 5] = orthogonal(gain = 2.0)
param o3: f32[4, 2, 3, 1] = orthogonal()
param o4: f32[48, 48] = orthogonal()
flat = flatten(o3, start = 1)
def is_one(x, n) = max(abs(x - eye(n))) < 1e-5
print "orthogonal:", is_one(o1 @ transpose(o1), 5), is_one(transpose(o2) @ o2 / 4, 5), is_one(flat @ transpose(flat), 4), is_one(o4 @ transpose(o4), 48)
print "drawn anew:", any(flatten(o1) != flatten(transpose(o2) / 2)), std(o4) > 0.14, std(o4) < 0.15
