# normalization.dsl -- layers that bring values to mean 0 and variance 1, over the batch, the features or groups
# of channels.  Names, shapes and first values of parameters and states are PyTorch's.

# layernorm(normalized_shape, eps, elementwise_affine, bias)(x): the last axes brought to mean 0 and variance 1, then
# multiplied with weight, and bias added:
#     (x - mean) / sqrt(var + eps) weight + bias
# normalized_shape is how long these axes are: n, or [n, m] for two; left out, it is the last axis.
# Shapes:
#     x       f32[.., n]
#     weight  f32[n], first 1
#     bias    f32[n], first 0
#     result  f32[.., n]
# PyTorch: torch.nn.LayerNorm(normalized_shape)
# Example:
#     print [[1.0, 2.0, 3.0], [10.0, 20.0, 60.0]] |> layernorm()
#     > [[-1.2247,  0.0000,  1.2247],
#     >  [-0.9258, -0.4629,  1.3887]]
module layernorm(normalized_shape = none, eps = 1e-5, elementwise_affine = true, bias = true)(x) {
    sizes = norm_shape(x, "layernorm", normalized_shape)
    axes = last_axes(size(sizes))
    centred = x - mean(x, axis = axes, keepdims = true)
    spread = mean(centred * centred, axis = axes, keepdims = true)
    y = centred * rsqrt(spread + eps)
    if elementwise_affine {
        param weight = ones(sizes, dtype = weight_dtype(x))
        y = y * weight
        if bias {
            param bias = zeros(sizes, dtype = weight_dtype(x))
            y = y + bias
        }
    }
    return y
}

# rmsnorm(normalized_shape, eps, elementwise_affine)(x): the last axes divided by the root of their mean square, then
# multiplied with weight:
#     x / sqrt(mean(x^2) + eps) weight
# normalized_shape as in layernorm. The default of eps is the distance from 1 to the next f32.
# Shapes:
#     x       f32[.., n]
#     weight  f32[n], first 1
#     result  f32[.., n]
# PyTorch: torch.nn.RMSNorm(normalized_shape), since 2.4
# Example:
#     print [[3.0, 4.0], [0.0, 2.0]] |> rmsnorm()
#     > [[0.8485, 1.1314],
#     >  [0.0000, 1.4142]]
module rmsnorm(normalized_shape = none, eps = 1.1920928955078125e-7, elementwise_affine = true)(x) {
    sizes = norm_shape(x, "rmsnorm", normalized_shape)
    axes = last_axes(size(sizes))
    y = x * rsqrt(mean(x * x, axis = axes, keepdims = true) + eps)
    if elementwise_affine {
        param weight = ones(sizes, dtype = weight_dtype(x))
        y = y * weight
    }
    return y
}

# norm_shape(x, name, normalized_shape): the sizes of the last axes that are normalised together.
# Helper of: layernorm, rmsnorm
def norm_shape(x, name, normalized_shape) {
    x = require(x, ndim(x) >= 1, name, " needs a tensor with an axis, not ", x)
    if normalized_shape == none {
        return per_axis(size(x, axis = -1), 1)
    } else {
        sizes = per_axis(normalized_shape, 1) if ndim(normalized_shape) == 0 else normalized_shape
        rank = require(size(sizes), ndim(x) >= size(sizes), name, " of ", x, ": it has no ",
                       size(sizes), " axes for normalized_shape = ", sizes)
        for i in 0..rank {
            sizes = require(sizes, size(x, axis = -1 - i) == sizes[-1 - i], name, " of ", x,
                            ": its last axes are not ", sizes, ", the normalized_shape")
        }
        return sizes
    }
}

# last_axes(count): [-count ... -1].
# Helper of: layernorm, rmsnorm
def last_axes(count) = [-8, -7, -6, -5, -4, -3, -2, -1][8 - count:]

# channel_axes(x): all axes but 1, that of the channels.
# Helper of: batchnorm1d, batchnorm2d
def channel_axes(x) = [0, 2, 3, 4, 5, 6, 7][0:ndim(x) - 1]

# per_channel(v, x): v, which has a number for each channel, in a shape that goes with x.
# Helper of: batchnorm2d, groupnorm
def per_channel(v, x) = reshape(v, [-1, 1, 1, 1, 1, 1, 1][0:ndim(x) - 1])

# batch_statistics(x): mean and (biased) variance of each channel over all else.
# Helper of: batchnorm1d, batchnorm2d
def batch_statistics(x) {
    axes = channel_axes(x)
    centre = mean(x, axis = axes)
    off = x - per_channel(centre, x)
    return centre, mean(off * off, axis = axes)
}

# batchnorm1d(eps, momentum, affine, track_running_stats)(x): each feature brought to mean 0 and variance 1: of the batch
# while training, of what was seen in training otherwise; then multiplied with weight, and bias added (with affine). The
# running mean and (unbiased) variance are moved by momentum in each training step, with momentum = none to the mean of
# all steps; without track_running_stats there are none, and the batch counts always. A feature with a single value in
# the batch becomes its bias; there PyTorch stops.
# Shapes:
#     x                    f32[batch, n] or f32[batch, n, length]
#     weight               f32[n], first 1
#     bias                 f32[n], first 0
#     running_mean         f32[n], first 0
#     running_var          f32[n], first 1
#     num_batches_tracked  i64, first 0
#     result               as x
# PyTorch: torch.nn.BatchNorm1d(n)
# Example:
#     input x: f32[batch, 8]
#     output y = x |> linear(16, bias = false) |> batchnorm1d() |> relu
module batchnorm1d(eps = 1e-5, momentum = 0.1, affine = true, track_running_stats = true)(x) {
    t = weight_dtype(x)
    x = require(x, ndim(x) == 2 or ndim(x) == 3,
                "batchnorm1d needs x as [batch, features] or [batch, channels, length], not ", x,
                hint = "for images there is batchnorm2d")
    n = size(x, axis = 1)
    scale = none
    shift = none
    if affine {
        param weight: t[n] = 1
        param bias: t[n] = 0
        scale = per_channel(weight, x)
        shift = per_channel(bias, x)
    }
    centre, spread = batch_statistics(x)
    if track_running_stats {
        state running_mean: t[n] = 0
        state running_var: t[n] = 1
        state num_batches_tracked: i64 = 0
        if training {
            count = size(x) / n
            num_batches_tracked <- num_batches_tracked + 1
            share = 1 / f32(num_batches_tracked) if momentum == none else momentum
            running_mean <- (1 - share) * running_mean + share * detach(centre)
            running_var <- (1 - share) * running_var +
                share * detach(spread * (count / maximum(count - 1, 1)))
        } else {
            centre = running_mean
            spread = running_var
        }
    }
    y = (x - per_channel(centre, x)) * per_channel(rsqrt(spread + eps), x)
    if affine {
        y = y * scale + shift
    }
    return y
}

# batchnorm2d(eps, momentum, affine, track_running_stats)(x): batchnorm1d of images, each channel over the batch, height
# and width.
# Shapes:
#     x                    f32[batch, n, height, width]
#     weight               f32[n], first 1
#     bias                 f32[n], first 0
#     running_mean         f32[n], first 0
#     running_var          f32[n], first 1
#     num_batches_tracked  i64, first 0
#     result               f32[batch, n, height, width]
# PyTorch: torch.nn.BatchNorm2d(n)
# Example:
#     input x: f32[batch, 3, 8, 8]
#     output y = x |> conv2d(16, 3, bias = false) |> batchnorm2d() |> relu
module batchnorm2d(eps = 1e-5, momentum = 0.1, affine = true, track_running_stats = true)(x) {
    t = weight_dtype(x)
    x = require(x, ndim(x) == 4, "batchnorm2d needs x as [batch, channels, height, width], not ", x,
                hint = "for features there is batchnorm1d")
    n = size(x, axis = 1)
    scale = none
    shift = none
    if affine {
        param weight: t[n] = 1
        param bias: t[n] = 0
        scale = per_channel(weight, x)
        shift = per_channel(bias, x)
    }
    centre, spread = batch_statistics(x)
    if track_running_stats {
        state running_mean: t[n] = 0
        state running_var: t[n] = 1
        state num_batches_tracked: i64 = 0
        if training {
            count = size(x) / n
            num_batches_tracked <- num_batches_tracked + 1
            share = 1 / f32(num_batches_tracked) if momentum == none else momentum
            running_mean <- (1 - share) * running_mean + share * detach(centre)
            running_var <- (1 - share) * running_var +
                share * detach(spread * (count / maximum(count - 1, 1)))
        } else {
            centre = running_mean
            spread = running_var
        }
    }
    y = (x - per_channel(centre, x)) * per_channel(rsqrt(spread + eps), x)
    if affine {
        y = y * scale + shift
    }
    return y
}

# normalized(x, groups, eps): each sample's channels, in groups, brought to mean 0 and variance 1.
# Helper of: groupnorm, instancenorm1d, instancenorm2d
def normalized(x, groups, eps) {
    sizes = shape(x)
    rows = reshape(x, sizes[0], groups, -1)
    centred = rows - mean(rows, axis = -1, keepdims = true)
    spread = mean(centred * centred, axis = -1, keepdims = true)
    return reshape(centred * rsqrt(spread + eps), sizes)
}

# groupnorm(num_groups, eps, affine)(x): each sample's channels in num_groups groups, each group brought to mean 0 and
# variance 1; then each channel multiplied with its weight, and its bias added (with affine).
# Shapes:
#     x       f32[batch, n, ..]
#     weight  f32[n], first 1
#     bias    f32[n], first 0
#     result  f32[batch, n, ..]
# PyTorch: torch.nn.GroupNorm(num_groups, n)
# Example:
#     print [[1.0, 2.0, 30.0, 10.0]] |> groupnorm(2)
#     > [[-1.0000,  1.0000,  1.0000, -1.0000]]
module groupnorm(num_groups, eps = 1e-5, affine = true)(x) {
    t = weight_dtype(x)
    x = require(x, ndim(x) >= 2, "groupnorm needs x as [batch, channels, ...], not ", x)
    n = size(x, axis = 1)
    x = require(x, num_groups >= 1, "groupnorm: num_groups must be 1 or more, not ", num_groups)
    x = require(x, n % num_groups == 0, "groupnorm of ", x, ": num_groups = ", num_groups,
                " does not divide ", n, " channels")
    y = normalized(x, num_groups, eps)
    if affine {
        param weight: t[n] = 1
        param bias: t[n] = 0
        y = y * per_channel(weight, x) + per_channel(bias, x)
    }
    return y
}

# instancenorm1d(eps, affine)(x): each channel of each sample brought to mean 0 and variance 1; with affine multiplied
# with its weight, and its bias added.
# Shapes:
#     x       f32[batch, n, length]
#     weight  f32[n], first 1
#     bias    f32[n], first 0
#     result  f32[batch, n, length]
# PyTorch: torch.nn.InstanceNorm1d(n), without running statistics
# Example:
#     print [[[1.0, 2.0, 3.0], [10.0, 20.0, 60.0]]] |> instancenorm1d()
#     > [[[-1.2247,  0.0000,  1.2247],
#     >   [-0.9258, -0.4629,  1.3887]]]
module instancenorm1d(eps = 1e-5, affine = false)(x) {
    t = weight_dtype(x)
    x = require(x, ndim(x) == 3, "instancenorm1d needs x as [batch, channels, length], not ", x)
    n = size(x, axis = 1)
    y = normalized(x, n, eps)
    if affine {
        param weight: t[n] = 1
        param bias: t[n] = 0
        y = y * per_channel(weight, x) + per_channel(bias, x)
    }
    return y
}

# instancenorm2d(eps, affine)(x): instancenorm1d of images.
# Shapes:
#     x       f32[batch, n, height, width]
#     weight  f32[n], first 1
#     bias    f32[n], first 0
#     result  f32[batch, n, height, width]
# PyTorch: torch.nn.InstanceNorm2d(n), without running statistics
# Example:
#     print [[[[1.0, 2.0], [3.0, 4.0]]]] |> instancenorm2d()
#     > [[[[-1.3416, -0.4472],
#     >    [ 0.4472,  1.3416]]]]
module instancenorm2d(eps = 1e-5, affine = false)(x) {
    t = weight_dtype(x)
    x = require(x, ndim(x) == 4, "instancenorm2d needs x as [batch, channels, height, width], not ",
                x)
    n = size(x, axis = 1)
    y = normalized(x, n, eps)
    if affine {
        param weight: t[n] = 1
        param bias: t[n] = 0
        y = y * per_channel(weight, x) + per_channel(bias, x)
    }
    return y
}
