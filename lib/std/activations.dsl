# activations.dsl -- nonlinearities.  Each works element by element on any shape, but for softmax
# and log_softmax, which go along an axis.  tanh, sigmoid, exp ... are built in.

# relu(x): x where it is positive, else 0.  The gradient at 0 is 0; NaN stays NaN.
# Shapes: any; the result has that of x
# PyTorch: torch.relu
# Example:
#     print relu([-1.0, 0.0, 2.0])
#     > [0., 0., 2.]
def relu(x) = where(x <= 0, 0, x)

# relu6(x): relu, cut off at 6.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.relu6
# Example:
#     print relu6([-1.0, 2.0, 8.0])
#     > [0., 2., 6.]
def relu6(x) = where(x <= 0, 0, where(x >= 6, 6, x))

# leaky_relu(x, slope): x where it is positive, else slope x.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.leaky_relu
# Example:
#     print leaky_relu([-1.0, 0.0, 2.0])
#     > [-0.0100,  0.0000,  2.0000]
def leaky_relu(x, slope = 0.01) = where(x > 0, x, slope * x)

# elu(x, alpha): x where it is positive, else alpha (e^x - 1).  The inner where keeps the branch
# that is not taken from overflowing, which would make its gradient NaN.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.elu
# Example:
#     print elu([-1.0, 0.0, 2.0])
#     > [-0.6321,  0.0000,  2.0000]
def elu(x, alpha = 1.0) = where(x > 0, x, alpha * expm1(where(x > 0, 0, x)))

# selu(x): elu with the constants that keep mean 0 and variance 1 through layers.
# Shapes: any; the result has that of x
# PyTorch: torch.selu
# Example:
#     print selu([-1.0, 0.0, 2.0])
#     > [-1.1113,  0.0000,  2.1014]
def selu(x) = 1.0507009873554805 * elu(x, alpha = 1.6732632423543772)

# gelu(x): x times the probability that a standard normal number lies below x.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.gelu
# Example:
#     print gelu([-1.0, 0.0, 2.0])
#     > [-0.1587,  0.0000,  1.9545]
def gelu(x) = 0.5 * x * (1 + erf(x / sqrt(2)))

# gelu_tanh(x): gelu, as GPT-2 approximates it:
#     0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.gelu(x, approximate="tanh")
# Example:
#     print gelu_tanh([-1.0, 0.0, 2.0])
#     > [-0.1588,  0.0000,  1.9546]
def gelu_tanh(x) = 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))

# silu(x): x sigmoid(x), also called swish.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.silu
# Example:
#     print silu([-1.0, 0.0, 2.0])
#     > [-0.2689,  0.0000,  1.7616]
def silu(x) = x * sigmoid(x)

# softplus(x): log(1 + e^x), written so that it neither overflows nor loses small values.  Both
# wheres take the same side at 0, so that there, too, all derivatives are right.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.softplus
# Example:
#     print softplus([-1.0, 0.0, 100.0])
#     > [  0.3133,   0.6931, 100.0000]
def softplus(x) = where(x > 0, x, 0) + log1p(exp(where(x > 0, -x, x)))

# logsigmoid(x): log(sigmoid(x)).
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.logsigmoid
# Example:
#     print logsigmoid([-100.0, 0.0, 2.0])
#     > [-100.0000,   -0.6931,   -0.1269]
def logsigmoid(x) = -softplus(-x)

# mish(x): x tanh(softplus(x)).
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.mish
# Example:
#     print mish([-1.0, 0.0, 2.0])
#     > [-0.3034,  0.0000,  1.9440]
def mish(x) = x * tanh(softplus(x))

# softsign(x): x / (1 + |x|).
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.softsign
# Example:
#     print softsign([-1.0, 0.0, 3.0])
#     > [-0.5000,  0.0000,  0.7500]
def softsign(x) = x / (1 + abs(x))

# hardtanh(x): x, not below -1 and not above 1.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.hardtanh
# Example:
#     print hardtanh([-2.0, 0.5, 3.0])
#     > [-1.0000,  0.5000,  1.0000]
def hardtanh(x) = where(x <= -1, -1, where(x >= 1, 1, x))

# softmax(x, axis): e^x, divided by its sum along the axis: positive numbers that add up to 1.  The
# largest is subtracted first, which changes nothing but keeps e^x finite.  `dim` is PyTorch's
# word for the axis.
# Shapes: any; the result has that of x
# PyTorch: torch.softmax
# Example:
#     print softmax([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
#     > [[0.0900, 0.2447, 0.6652],
#     >  [0.3333, 0.3333, 0.3333]]
def softmax(x, axis = -1, dim = none) {
    along = axis if dim == none else dim
    e = exp(x if is_zero(size(x)) else x - detach(max(x, axis = along, keepdims = true)))
    return e / sum(e, axis = along, keepdims = true)
}

# log_softmax(x, axis): log(softmax(x)), without computing softmax, which may round to 0.
# Shapes: any; the result has that of x
# PyTorch: torch.log_softmax
# Example:
#     print log_softmax([1.0, 2.0, 1000.0])
#     > [-999., -998.,    0.]
def log_softmax(x, axis = -1, dim = none) {
    along = axis if dim == none else dim
    shifted = x if is_zero(size(x)) else x - detach(max(x, axis = along, keepdims = true))
    return shifted - log(sum(exp(shifted), axis = along, keepdims = true))
}

# logsumexp(x, axis, keepdims): log of the sum of e^x, over one axis, a list, or all.
# Shapes: any; the result is without the axes, unless keepdims
# PyTorch: torch.logsumexp
# Example:
#     print logsumexp([[1.0, 2.0], [1000.0, 1000.0]], axis = 1)
#     > [   2.3133, 1000.6932]
def logsumexp(x, axis = none, keepdims = false, dim = none, keepdim = false) {
    along = axis if dim == none else dim
    if is_zero(size(x)) {
        return log(sum(exp(x), axis = along, keepdims = keepdims or keepdim)) # of nothing: -inf
    }
    top = detach(max(x, axis = along, keepdims = true))
    top = where(top - top == 0, top, 0) # subtracting infinity would leave NaN
    total = top + log(sum(exp(x - top), axis = along, keepdims = true))
    return sum(total, axis = along, keepdims = keepdims or keepdim) # of one element: drops the axes
}
