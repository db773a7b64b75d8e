# activations.dsl -- nonlinearities.  Each works element by element on any shape, but for softmax
# and log_softmax, which go along an axis.  tanh, sigmoid, exp ... are built in.

# relu(x): x where it is positive, else 0.  The gradient at 0 is 0; NaN stays NaN.
# PyTorch: torch.relu
def relu(x) = where(x <= 0, 0, x)

# relu6(x): relu, cut off at 6.
# PyTorch: torch.nn.functional.relu6
def relu6(x) = where(x <= 0, 0, where(x >= 6, 6, x))

# leaky_relu(x, slope): x where it is positive, else slope x.
# PyTorch: torch.nn.functional.leaky_relu
def leaky_relu(x, slope = 0.01) = where(x > 0, x, slope * x)

# elu(x, alpha): x where it is positive, else alpha (e^x - 1).  The inner where keeps the branch
# that is not taken from overflowing, which would make its gradient NaN.
# PyTorch: torch.nn.functional.elu
def elu(x, alpha = 1.0) = where(x > 0, x, alpha * expm1(where(x > 0, 0, x)))

# selu(x): elu with the constants that keep mean 0 and variance 1 through layers.
# PyTorch: torch.selu
def selu(x) = 1.0507009873554805 * elu(x, alpha = 1.6732632423543772)

# gelu(x): x times the probability that a standard normal number lies below x.
# PyTorch: torch.nn.functional.gelu
def gelu(x) = 0.5 * x * (1 + erf(x / sqrt(2)))

# silu(x): x sigmoid(x), also called swish.
# PyTorch: torch.nn.functional.silu
def silu(x) = x * sigmoid(x)

# softplus(x): log(1 + e^x), written so that it neither overflows nor loses small values.  Both
# wheres take the same side at 0, so that there, too, all derivatives are right.
# PyTorch: torch.nn.functional.softplus
def softplus(x) = where(x > 0, x, 0) + log1p(exp(where(x > 0, -x, x)))

# logsigmoid(x): log(sigmoid(x)).
# PyTorch: torch.nn.functional.logsigmoid
def logsigmoid(x) = -softplus(-x)

# mish(x): x tanh(softplus(x)).
# PyTorch: torch.nn.functional.mish
def mish(x) = x * tanh(softplus(x))

# softsign(x): x / (1 + |x|).
# PyTorch: torch.nn.functional.softsign
def softsign(x) = x / (1 + abs(x))

# hardtanh(x): x, not below -1 and not above 1.
# PyTorch: torch.nn.functional.hardtanh
def hardtanh(x) = where(x <= -1, -1, where(x >= 1, 1, x))

# softmax(x, axis): e^x, divided by its sum along the axis: positive numbers that add up to 1.  The
# largest is subtracted first, which changes nothing but keeps e^x finite.  `dim` is PyTorch's
# word for the axis.
# PyTorch: torch.softmax
def softmax(x, axis = -1, dim = none) {
    along = axis if dim == none else dim
    e = exp(x - detach(max(x, axis = along, keepdims = true)))
    return e / sum(e, axis = along, keepdims = true)
}

# log_softmax(x, axis): log(softmax(x)), without computing softmax, which may round to 0.
# PyTorch: torch.log_softmax
def log_softmax(x, axis = -1, dim = none) {
    along = axis if dim == none else dim
    shifted = x - detach(max(x, axis = along, keepdims = true))
    return shifted - log(sum(exp(shifted), axis = along, keepdims = true))
}

# logsumexp(x, axis, keepdims): log of the sum of e^x, over one axis, a list, or all.
# PyTorch: torch.logsumexp
def logsumexp(x, axis = none, keepdims = false, dim = none, keepdim = false) {
    along = axis if dim == none else dim
    top = detach(max(x, axis = along, keepdims = true))
    top = where(top - top == 0, top, 0) # subtracting infinity would leave NaN
    total = top + log(sum(exp(x - top), axis = along, keepdims = true))
    return sum(total, axis = along, keepdims = keepdims or keepdim) # of one element: drops the axes
}

# norm(x, axis, keepdims): the Euclidean length, sqrt(sum(x^2)).  Its gradient where all of x is 0
# is 0, as in PyTorch: the square root is kept away from 0 there.
# PyTorch: torch.linalg.vector_norm
def norm(x, axis = none, keepdims = false, dim = none, keepdim = false) {
    along = axis if dim == none else dim
    squares = sum(x * x, axis = along, keepdims = keepdims or keepdim)
    return where(squares == 0, 0, sqrt(where(squares == 0, 1, squares)))
}
