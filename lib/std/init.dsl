# init.dsl -- first values of parameters, by the shape that is declared:
#
#     param w: f32[64, 128] = xavier_uniform()
#
# uniform(low, high) and normal(mean, std) are built in; a number is constant_, ones_ and zeros_ of
# PyTorch, and eye(n, m) its eye_.  A weight is f32[outputs, inputs, ...]: init_shape() is that list,
# and fan_in() and fan_out() are the numbers of inputs of an output and of outputs of an input,
# [out, in / groups, height, width] of a convolution included.

# calculate_gain(nonlinearity, a): what a layer's output shrinks by in its activation; a is the slope
# of a leaky_relu.
# Shapes: nonlinearity is a string; the result is a number
# PyTorch: torch.nn.init.calculate_gain
# Example:
#     print calculate_gain("relu"), calculate_gain("tanh"), calculate_gain("leaky_relu", a = 0.2)
#     > 1.41421356 1.66666667 1.38675049
def calculate_gain(nonlinearity, a = 0.01) {
    known = false
    for name in ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "conv1d", "conv2d",
                 "conv_transpose1d", "conv_transpose2d"] {
        known = known or nonlinearity == name
    }
    gain = require(1.0, known, "there is no gain for '", nonlinearity, "'",
                   hint = "linear, sigmoid, tanh, relu, leaky_relu or selu")
    if nonlinearity == "tanh" {
        gain = 5 / 3
    }
    if nonlinearity == "relu" {
        gain = sqrt(2.0)
    }
    if nonlinearity == "leaky_relu" {
        gain = sqrt(2 / (1 + a ** 2))
    }
    if nonlinearity == "selu" {
        gain = 0.75
    }
    return gain
}

# xavier_uniform(gain): uniform within gain sqrt(6 / (fan_in + fan_out)).
# Shapes: the parameter's, of two axes or more
# PyTorch: torch.nn.init.xavier_uniform_
# Example:
#     param w: f32[64, 32] = xavier_uniform()
#     print shape(w)
#     > [64, 32]
def xavier_uniform(gain = 1.0) {
    bound = gain * sqrt(6 / (fan_in() + fan_out()))
    return uniform(-bound, bound)
}

# xavier_normal(gain): normal, of standard deviation gain sqrt(2 / (fan_in + fan_out)).
# Shapes: the parameter's, of two axes or more
# PyTorch: torch.nn.init.xavier_normal_
# Example:
#     param w: f32[64, 32] = xavier_normal()
#     print shape(w)
#     > [64, 32]
def xavier_normal(gain = 1.0) = normal(0, gain * sqrt(2 / (fan_in() + fan_out())))

# kaiming_std(a, mode, nonlinearity): calculate_gain / sqrt(fan), fan_in's or fan_out's.
# Helper of: kaiming_uniform, kaiming_normal
def kaiming_std(a, mode, nonlinearity) {
    mode = require(mode, mode == "fan_in" or mode == "fan_out", "mode is fan_in or fan_out, not '",
                   mode, "'")
    fan = fan_out() if mode == "fan_out" else fan_in()
    return calculate_gain(nonlinearity, a) / sqrt(fan * 1.0)
}

# kaiming_uniform(a, mode, nonlinearity): uniform, of standard deviation gain / sqrt(fan).  mode is
# "fan_in" or "fan_out"; a is the slope of the leaky_relu that follows, 0 for a relu.
# Shapes: the parameter's, of two axes or more
# PyTorch: torch.nn.init.kaiming_uniform_
# Example:
#     param w: f32[64, 32] = kaiming_uniform()
#     print shape(w)
#     > [64, 32]
def kaiming_uniform(a = 0.0, mode = "fan_in", nonlinearity = "leaky_relu") {
    bound = sqrt(3.0) * kaiming_std(a, mode, nonlinearity)
    return uniform(-bound, bound)
}

# kaiming_normal(a, mode, nonlinearity): likewise, normal.
# Shapes: the parameter's, of two axes or more
# PyTorch: torch.nn.init.kaiming_normal_
# Example:
#     param w: f32[64, 32] = kaiming_normal()
#     print shape(w)
#     > [64, 32]
def kaiming_normal(a = 0.0, mode = "fan_in", nonlinearity = "leaky_relu") =
    normal(0, kaiming_std(a, mode, nonlinearity))

# erfinv(y): the x with erf(x) = y, for y in (-1, 1); in f64 to its last digits.
# A first guess (Winitzki, 2008) is 2e-3 off, and each of Newton's steps squares that.
# Shapes: any; the result has that of y
# PyTorch: torch.erfinv
# Example:
#     print erfinv([-0.5, 0.0, 0.5])
#     > [-0.4769,  0.0000,  0.4769]
def erfinv(y) {
    l = log1p(-y * y)
    t = 4.330746750799873 + 0.5 * l
    x = sign(y) * sqrt(sqrt(t * t - l / 0.147) - t)
    for i in 0..4 {
        x = x - (erf(x) - y) * 0.8862269254527580 * exp(x * x)
    }
    return x
}

# normal_cdf(x): the share of a standard normal below x.
# Shapes: any; the result has that of x
# PyTorch: torch.special.ndtr
# Example:
#     print normal_cdf([-1.0, 0.0, 1.0])
#     > [0.1587, 0.5000, 0.8413]
def normal_cdf(x) = 0.5 * (1 + erf(x * 0.7071067811865476))

# trunc_normal(mean, std, a, b): normal, but never outside [a, b].  Exact: the inverse of the
# distribution's integral, of a uniform draw between its values at a and b.
# Shapes: the parameter's
# PyTorch: torch.nn.init.trunc_normal_
# Example:
#     param w: f32[64, 32] = trunc_normal(std = 0.02, a = -0.04, b = 0.04)
#     print max(abs(w)) <= 0.04
#     > True
def trunc_normal(mean = 0.0, std = 1.0, a = -2.0, b = 2.0) {
    low = 2 * normal_cdf((a - mean) / std) - 1
    high = 2 * normal_cdf((b - mean) / std) - 1
    draw = low + (high - low) * rand(init_shape(), dtype = f64)
    return clamp(mean + std * 1.4142135623730951 *
                 erfinv(clamp(draw, -0.9999999999999999, 0.9999999999999999)), a, b)
}

# orthogonal(gain): a matrix with orthogonal rows (or columns, if it has more rows), of length gain,
# any such equally likely; axes behind the first count as one.  It is the orthogonal factor of a
# normal draw, by Newton and Schulz: x = 1.5 x - 0.5 x x^T x takes every singular value to 1.
# Shapes: the parameter's, of two axes or more
# PyTorch: torch.nn.init.orthogonal_ (which takes the factor from a QR decomposition)
# Example:
#     param w: f32[3, 64] = orthogonal()
#     print max(abs(w @ transpose(w) - eye(3))) < 1e-6
#     > True
def orthogonal(gain = 1.0) {
    rows = init_shape()[0]
    columns = fan_in()
    draw = randn(rows, columns, dtype = f64)
    x = transpose(draw) if rows > columns else draw
    x = x / (sqrt(rows * 1.0) + sqrt(columns * 1.0) + 1.0)
    for i in 0..50 {
        x = 1.5 * x - 0.5 * (x @ transpose(x)) @ x
    }
    x = transpose(x) if rows > columns else x
    return gain * reshape(x, init_shape())
}

# dirac(groups): convolutions that pass their channels through: 1 where a kernel's centre joins output
# and input of one number, in each of the groups of outputs.
# Shapes: the parameter's, of three axes or more: [out, in / groups, width...]
# PyTorch: torch.nn.init.dirac_
# Example:
#     param w: f32[2, 2, 3] = dirac()
#     print w
#     > [[[0., 1., 0.],
#     >   [0., 0., 0.]],
#     >
#     >  [[0., 0., 0.],
#     >   [0., 1., 0.]]]
def dirac(groups = 1) {
    shape = init_shape()
    groups = require(groups, size(shape) > 2 and size(shape) < 6,
                     "dirac is for kernels of 3 to 5 axes, not ", shape)
    groups = require(groups, shape[0] % groups == 0, "groups = ", groups, " does not divide the ",
                     shape[0], " outputs of ", shape)
    group = eye(shape[0] // groups, shape[1])
    places = group
    for g in 1..groups {
        places = concat([places, group])
    }
    for k in shape[2:] {
        places = unsqueeze(places, -1) * one_hot(k // 2, k)
    }
    return places
}
