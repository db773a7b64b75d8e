# convolutions.dsl -- layers that convolve, and what else rearranges images.  Names, shapes and first
# values of the parameters are PyTorch's.  A layer owns its weight; the function of the same name with
# _with at its end (conv2d_with: built in) takes the weight as an argument.
#
# An image is f32[batch, channels, height, width]; without the batch dimension it is one image.  Where a
# size can differ by axis, [height, width] stands for one number.

# conv_input(x, name, spatial, groups, out): x, if it can be convolved.
# Helper of: conv1d, conv2d, conv_transpose1d, conv_transpose2d
def conv_input(x, name, spatial, groups, out) {
    layout = "[batch, channels, length]" if spatial == 1 else "[batch, channels, height, width]"
    x = require(x, ndim(x) == spatial + 2 or ndim(x) == spatial + 1, name, " needs x as ", layout,
                ", not ", x, hint = "reshape(x, -1, channels, ...) gives it channels")
    n = size(x, axis = -1 - spatial)
    x = require(x, groups >= 1, name, ": groups must be 1 or more, not ", groups)
    x = require(x, n % groups == 0, name, " of ", x, ": groups = ", groups, " does not divide ", n,
                " channels")
    return require(x, out % groups == 0, name, " of ", x, ": groups = ", groups,
                   " does not divide ", out, " channels of the result")
}

# conv1d(out, kernel_size, stride, padding, dilation, groups, bias)(x): each of `out` channels is the sum, over the
# channels of x, of products of a kernel with windows of them:
#     y[b, m, o] = bias[m] + sum over c, k of weight[m, c, k] x[b, c, o stride + k dilation - padding]
#     length' = (length + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1
# padding may be "same" (with a stride of 1: length' is length) or "valid" (none). With groups each group of the result's
# channels sees its share of x's.
# Shapes:
#     x       f32[batch, n, length]
#     weight  f32[out, n / groups, kernel_size], uniform within 1 / sqrt(n / groups kernel_size)
#     bias    f32[out], likewise
#     result  f32[batch, out, length']
# PyTorch: torch.nn.Conv1d(n, out, kernel_size)
# Example:
#     print zeros(1, 4, 9) |> conv1d(6, 3, stride = 2) |> shape
#     > [1, 6, 4]
module conv1d(out, kernel_size, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true)(x) {
    t = weight_dtype(x)
    x = conv_input(x, "conv1d", 1, groups, out)
    n = size(x, axis = -2) // groups
    k = per_axis(kernel_size, 1)
    bound = 1 / sqrt(n * k[0])
    param weight: t[out, n, k[0]] = uniform(-bound, bound)
    shift = none
    if bias {
        param bias: t[out] = uniform(-bound, bound)
        shift = bias
    }
    return conv1d_with(x, weight, shift, stride, padding, dilation, groups)
}

# conv2d(out, kernel_size, stride, padding, dilation, groups, bias)(x): conv1d over two axes; [height, width] may
# stand where one number does for both.
# Shapes:
#     x       f32[batch, n, height, width]
#     weight  f32[out, n / groups, kernel_size, kernel_size], uniform within 1 / sqrt(n / groups kernel_size^2)
#     bias    f32[out], likewise
#     result  f32[batch, out, height', width']
# PyTorch: torch.nn.Conv2d(n, out, kernel_size)
# Example:
#     print zeros(1, 3, 28, 28) |> conv2d(8, 5, padding = 2) |> shape
#     > [1, 8, 28, 28]
module conv2d(out, kernel_size, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true)(x) {
    t = weight_dtype(x)
    x = conv_input(x, "conv2d", 2, groups, out)
    n = size(x, axis = -3) // groups
    k = per_axis(kernel_size, 2)
    bound = 1 / sqrt(n * k[0] * k[1])
    param weight: t[out, n, k[0], k[1]] = uniform(-bound, bound)
    shift = none
    if bias {
        param bias: t[out] = uniform(-bound, bound)
        shift = bias
    }
    return conv2d_with(x, weight, shift, stride, padding, dilation, groups)
}

# conv_transpose1d(out, kernel_size, stride, padding, output_padding, groups, bias, dilation)(x): the adjoint of conv1d:
# each element of x adds its multiple of the kernel to a window of the result.
#     length' = (length - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1
# Shapes:
#     x       f32[batch, n, length]
#     weight  f32[n, out / groups, kernel_size], uniform within 1 / sqrt(out / groups kernel_size)
#     bias    f32[out], likewise
#     result  f32[batch, out, length']
# PyTorch: torch.nn.ConvTranspose1d(n, out, kernel_size)
# Example:
#     print zeros(1, 4, 9) |> conv_transpose1d(6, 4, stride = 2) |> shape
#     > [1, 6, 20]
module conv_transpose1d(out, kernel_size, stride = 1, padding = 0, output_padding = 0, groups = 1,
                        bias = true, dilation = 1)(x) {
    t = weight_dtype(x)
    x = conv_input(x, "conv_transpose1d", 1, groups, out)
    n = size(x, axis = -2)
    k = per_axis(kernel_size, 1)
    bound = 1 / sqrt(out // groups * k[0])
    param weight: t[n, out // groups, k[0]] = uniform(-bound, bound)
    shift = none
    if bias {
        param bias: t[out] = uniform(-bound, bound)
        shift = bias
    }
    return conv_transpose1d_with(x, weight, shift, stride, padding, output_padding, groups,
                                 dilation)
}

# conv_transpose2d(out, kernel_size, stride, padding, output_padding, groups, bias, dilation)(x): conv_transpose1d over
# two axes; [height, width] may stand where one number does for both.
# Shapes:
#     x       f32[batch, n, height, width]
#     weight  f32[n, out / groups, kernel_size, kernel_size], uniform within 1 / sqrt(out / groups kernel_size^2)
#     bias    f32[out], likewise
#     result  f32[batch, out, height', width']
# PyTorch: torch.nn.ConvTranspose2d(n, out, kernel_size)
# Example:
#     print zeros(1, 16, 7, 7) |> conv_transpose2d(8, 4, stride = 2, padding = 1) |> shape
#     > [1, 8, 14, 14]
module conv_transpose2d(out, kernel_size, stride = 1, padding = 0, output_padding = 0, groups = 1,
                        bias = true, dilation = 1)(x) {
    t = weight_dtype(x)
    x = conv_input(x, "conv_transpose2d", 2, groups, out)
    n = size(x, axis = -3)
    k = per_axis(kernel_size, 2)
    bound = 1 / sqrt(out // groups * k[0] * k[1])
    param weight: t[n, out // groups, k[0], k[1]] = uniform(-bound, bound)
    shift = none
    if bias {
        param bias: t[out] = uniform(-bound, bound)
        shift = bias
    }
    return conv_transpose2d_with(x, weight, shift, stride, padding, output_padding, groups,
                                 dilation)
}

# unfold(x, kernel_size, dilation, padding, stride): the windows that a convolution multiplies, each as a column.
# Shapes:
#     x       f32[batch, n, height, width]
#     result  f32[batch, n kernel_size^2, windows]
# PyTorch: torch.nn.functional.unfold
# Example:
#     print unfold(reshape(arange(9), 1, 1, 3, 3), 2)
#     > [[[0, 1, 3, 4],
#     >   [1, 2, 4, 5],
#     >   [3, 4, 6, 7],
#     >   [4, 5, 7, 8]]]
def unfold(x, kernel_size, dilation = 1, padding = 0, stride = 1) {
    x = require(x, ndim(x) == 4, "unfold needs x as [batch, channels, height, width], not ", x)
    k = per_axis(kernel_size, 2)
    d = per_axis(dilation, 2)
    p = per_axis(padding, 2)
    s = per_axis(stride, 2)
    x = pad(x, [p[1], p[1], p[0], p[0]])
    rows = windows(windows(x, -1, k[1], step = s[1], dilation = d[1]), -3, k[0], step = s[0],
                   dilation = d[0])
    columns = permute(rows, 0, 1, 5, 4, 2, 3)       # batch, channel, tap, tap, place, place
    sizes = shape(columns)
    return reshape(columns, sizes[0], sizes[1] * k[0] * k[1], sizes[4] * sizes[5])
}

# repeat_interleave(x, times, axis): each element `times` times in a row along an axis.
# Shapes: any; the result's axis is `times` as long
# PyTorch: torch.repeat_interleave
# Example:
#     print repeat_interleave([[1, 2], [3, 4]], 2, 1)
#     > [[1, 1, 2, 2],
#     >  [3, 3, 4, 4]]
def repeat_interleave(x, times, axis) {
    x = require(x, times >= 1, "repeat_interleave: each element can stand 1 time or more, not ",
                times)
    last = transpose(x, axis, -1)
    grown = unsqueeze(last, -1) * ones(times, dtype = dtype(x))
    return transpose(flatten(grown, -2, -1), axis, -1)
}

# upsample(x, scale_factor): each element repeated scale_factor times along height and width.
# Shapes:
#     x       f32[.., height, width]
#     result  f32[.., scale_factor height, scale_factor width]
# PyTorch: torch.nn.Upsample(scale_factor=scale_factor), with mode "nearest"
# Example:
#     print upsample([[1, 2]], scale_factor = 2)
#     > [[1, 1, 2, 2],
#     >  [1, 1, 2, 2]]
def upsample(x, scale_factor = 2) {
    x = require(x, ndim(x) >= 2, "upsample needs x as [.., height, width], not ", x)
    f = per_axis(scale_factor, 2)
    return repeat_interleave(repeat_interleave(x, f[0], -2), f[1], -1)
}
