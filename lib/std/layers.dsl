# layers.dsl -- modules: functions that own parameters.  Names, shapes and first values of the
# parameters are PyTorch's, so that weights move between the two as they are.

# linear(out, bias)(x): x W^T + b along the last axis.
# Shapes:
#     x       f32[.., n], or of other floats; the parameters have its dtype
#     weight  f32[out, n], first uniform within 1 / sqrt(n)
#     bias    f32[out], likewise
#     result  f32[.., out]
# PyTorch: torch.nn.Linear
# Example:
#     x = ones(2, 8)
#     fc = linear(4)
#     print shape(fc(x)), shape(fc.weight), shape(fc.bias)
#     > [2, 4] [4, 8] [4]
module linear(out, bias = true)(x: float[.., n]) {
    t = dtype(x)
    param weight: t[out, n] = uniform(-1 / sqrt(n), 1 / sqrt(n))
    y = x @ transpose(weight)
    if bias {
        param bias: t[out] = uniform(-1 / sqrt(n), 1 / sqrt(n))
        y += bias
    }
    return y
}

# dropout(x, p): while training, each element is 0 with probability p, and the others grow by
# 1 / (1 - p), so that the mean stays; otherwise x as it is.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.dropout
# Example:
#     print dropout(ones(3), p = 0.5) # a calculator does not train
#     > [1., 1., 1.]
def dropout(x, p = 0.5) {
    if training {
        x = x * (bernoulli(1 - p, shape(x)) / (1 - p))
    }
    return x
}

# dropout1d(x, p): dropout of whole channels: while training, each channel of each sample is 0 with probability p, or
# grows by 1 / (1 - p).
# Shapes:
#     x       f32[batch, n, length]
#     result  f32[batch, n, length]
# PyTorch: torch.nn.functional.dropout1d
# Example:
#     input x: f32[batch, 4, 9]
#     output y = x |> dropout1d(p = 0.2)
def dropout1d(x, p = 0.5) {
    x = require(x, ndim(x) == 3, "dropout1d needs x as [batch, channels, length], not ", x)
    if training {
        x = x * (bernoulli(1 - p, size(x, 0), size(x, 1), 1) / (1 - p))
    }
    return x
}

# dropout2d(x, p): dropout of whole channels: while training, each channel of each sample is 0 with probability p, or
# grows by 1 / (1 - p).
# Shapes:
#     x       f32[batch, n, height, width]
#     result  f32[batch, n, height, width]
# PyTorch: torch.nn.functional.dropout2d
# Example:
#     input x: f32[batch, 4, 8, 8]
#     output y = x |> dropout2d(p = 0.2)
def dropout2d(x, p = 0.5) {
    x = require(x, ndim(x) == 4, "dropout2d needs x as [batch, channels, height, width], not ", x)
    if training {
        x = x * (bernoulli(1 - p, size(x, 0), size(x, 1), 1, 1) / (1 - p))
    }
    return x
}
