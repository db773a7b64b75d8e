# layers.dsl -- modules: functions that own parameters.  Names, shapes and first values of the
# parameters are PyTorch's, so that weights move between the two as they are.

# linear(out, bias)(x): x W^T + b along the last axis.
# Shapes:
#     x       f32[.., n]
#     weight  f32[out, n], first uniform within 1 / sqrt(n)
#     bias    f32[out], likewise
#     result  f32[.., out]
# PyTorch: torch.nn.Linear
# Example:
#     x = ones(2, 8)
#     fc = linear(4)
#     print shape(fc(x)), shape(fc.weight), shape(fc.bias)
#     > [2, 4] [4, 8] [4]
module linear(out, bias = true)(x: f32[.., n]) {
    param weight: f32[out, n] = uniform(-1 / sqrt(n), 1 / sqrt(n))
    y = x @ transpose(weight)
    if bias {
        param bias: f32[out] = uniform(-1 / sqrt(n), 1 / sqrt(n))
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

# layernorm(eps, affine)(x): the last axis brought to mean 0 and variance 1, then scaled and
# shifted.
#     (x - mean) / sqrt(var + eps) weight + bias
# Shapes:
#     x       f32[.., n]
#     weight  f32[n], first 1
#     bias    f32[n], first 0
#     result  f32[.., n]
# PyTorch: torch.nn.LayerNorm(n)
# Example:
#     print [[1.0, 2.0, 3.0], [10.0, 20.0, 60.0]] |> layernorm()
#     > [[-1.2247,  0.0000,  1.2247],
#     >  [-0.9258, -0.4629,  1.3887]]
module layernorm(eps = 1e-5, affine = true)(x: f32[.., n]) {
    centred = x - mean(x, axis = -1, keepdims = true)
    spread = mean(centred * centred, axis = -1, keepdims = true)
    y = centred * rsqrt(spread + eps)
    if affine {
        param weight: f32[n] = 1
        param bias: f32[n] = 0
        y = y * weight + bias
    }
    return y
}

# batchnorm1d(eps, momentum)(x): each feature brought to mean 0 and variance 1: of the batch while
# training, of what was seen in training otherwise; then scaled and shifted.
# Shapes:
#     x             f32[batch, n]
#     weight        f32[n], first 1
#     bias          f32[n], first 0
#     running_mean  f32[n], first 0: moved by momentum in each training step
#     running_var   f32[n], first 1: likewise, unbiased
#     result        f32[batch, n]
# PyTorch: torch.nn.BatchNorm1d
# Example:
#     input x: f32[batch, 8]
#     output y = x |> linear(16, bias = false) |> batchnorm1d() |> relu
module batchnorm1d(eps = 1e-5, momentum = 0.1)(x: f32[batch, n]) {
    param weight: f32[n] = 1
    param bias: f32[n] = 0
    state running_mean: f32[n] = 0
    state running_var: f32[n] = 1
    centre = running_mean
    spread = running_var
    if training {
        centre = mean(x, axis = 0)
        spread = var(x, axis = 0, correction = 0)
        unbiased = spread * (batch / maximum(batch - 1, 1))
        running_mean <- (1 - momentum) * running_mean + momentum * detach(centre)
        running_var <- (1 - momentum) * running_var + momentum * detach(unbiased)
    }
    return (x - centre) * rsqrt(spread + eps) * weight + bias
}
