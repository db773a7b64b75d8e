# pooling.dsl -- the largest, or the mean, of windows of images.  An image is f32[batch, channels, height,
# width]; without the batch dimension it is one image.  Where a size can differ by axis, [height, width]
# stands for one number.  Arguments and results are PyTorch's.

# pool_input(x, name, spatial): x, if it can be pooled.
# Helper of: maxpool2d, avgpool2d
def pool_input(x, name, spatial) {
    layout = "[batch, channels, length]" if spatial == 1 else "[batch, channels, height, width]"
    return require(x, ndim(x) == spatial + 2 or ndim(x) == spatial + 1, name, " needs x as ",
                   layout, ", not ", x, hint = "reshape(x, -1, channels, ...) gives it channels")
}

# pool_places(x, name, n, k, s, p, d, ceil_mode): how many windows of k, s apart, lie on n elements and p of padding on
# both sides,
#     (n + 2 p - d (k - 1) - 1) // s + 1
# with ceil_mode rounded up instead, but none begins beyond the input.
# Helper of: maxpool2d, avgpool2d
def pool_places(x, name, n, k, s, p, d, ceil_mode) {
    n = require(n, k >= 1 and s >= 1 and d >= 1, name,
                ": kernel_size, stride and dilation must be 1 or more, not ", k, ", ", s, " and ",
                d)
    n = require(n, p >= 0 and 2 * p <= k, name, ": padding = ", p,
                " must be from 0 to half of kernel_size = ", k)
    reach = d * (k - 1) + 1
    left = n + 2 * p - reach
    places = (left + s - 1 if ceil_mode else left) // s + 1
    if ceil_mode and (places - 1) * s >= n + p {
        places = places - 1
    }
    return require(places, places >= 1, name, " of ", x, ": the window is larger than the input: ",
                   n, " + 2 * padding ", p, " = ", n + 2 * p,
                   ", dilation * (kernel_size - 1) + 1 = ", reach, hint = "take a smaller window")
}

# strided(x, axis, start, count, step): `count` elements from `start`, along the last axis or the one before.
# Helper of: maxpool2d
def strided(x, axis, start, count, step) {
    stop = start + (count - 1) * step + 1
    if axis == -1 {
        return x[.., start:stop:step]
    } else {
        return x[.., start:stop:step, :]
    }
}

# pad_along(x, axis, before, after, value): a border along the last axis or the one before.
# Helper of: maxpool2d, avgpool2d
def pad_along(x, axis, before, after, value) {
    if before == 0 and after <= 0 {
        return x
    } else {
        rest = after if after > 0 else 0
        return pad(x, [before, rest] if axis == -1 else [0, 0, before, rest], value = value)
    }
}

# maxpool_along(x, name, axis, k, s, p, d, ceil_mode): the largest of each window along an axis.  Of equal elements the
# first is taken, and has the whole gradient; NaN beats all.
# Helper of: maxpool1d, maxpool2d
def maxpool_along(x, name, axis, k, s, p, d, ceil_mode) {
    n = size(x, axis)
    places = pool_places(x, name, n, k, s, p, d, ceil_mode)
    wide = pad_along(x, axis, p, (places - 1) * s + d * (k - 1) + 1 - n - p, log(0.0))
    best = strided(wide, axis, 0, places, s)
    for i in 1..k {
        next = strided(wide, axis, i * d, places, s)
        best = where(next > best or isnan(next), next, best)
    }
    return best
}

# maxpool1d(x, kernel_size, stride, padding, dilation, ceil_mode): the largest of each window; windows are kernel_size
# apart, or stride. The gradient goes to the first of the largest.
#     length' = (length + 2 padding - dilation (kernel_size - 1) - 1) // stride + 1, with ceil_mode rounded up
# Shapes:
#     x       f32[batch, n, length]
#     result  f32[batch, n, length']
# PyTorch: torch.nn.functional.max_pool1d
# Example:
#     print maxpool1d([[1, 3, 2, 5, 4, 0.5]], 2)
#     > [[3., 5., 4.]]
def maxpool1d(x, kernel_size, stride = none, padding = 0, dilation = 1, ceil_mode = false) {
    x = pool_input(x, "maxpool1d", 1)
    k = per_axis(kernel_size, 1)
    s = per_axis(kernel_size if stride == none else stride, 1)
    p = per_axis(padding, 1)
    d = per_axis(dilation, 1)
    return maxpool_along(x, "maxpool1d", -1, k[0], s[0], p[0], d[0], ceil_mode)
}

# maxpool2d(x, kernel_size, stride, padding, dilation, ceil_mode): maxpool1d over height and width.
# Shapes:
#     x       f32[batch, n, height, width]
#     result  f32[batch, n, height', width']
# PyTorch: torch.nn.functional.max_pool2d
# Example:
#     print maxpool2d(reshape(arange(16.0), 1, 4, 4), 2)
#     > [[[ 5.,  7.],
#     >   [13., 15.]]]
def maxpool2d(x, kernel_size, stride = none, padding = 0, dilation = 1, ceil_mode = false) {
    x = pool_input(x, "maxpool2d", 2)
    k = per_axis(kernel_size, 2)
    s = per_axis(kernel_size if stride == none else stride, 2)
    p = per_axis(padding, 2)
    d = per_axis(dilation, 2)
    rows = maxpool_along(x, "maxpool2d", -1, k[1], s[1], p[1], d[1], ceil_mode)
    return maxpool_along(rows, "maxpool2d", -2, k[0], s[0], p[0], d[0], ceil_mode)
}

# pool_counts(n, k, s, p, places, padded): of how many elements each window along an axis is the mean; those of the
# padding count where `padded`, those that ceil_mode adds behind it never.
# Helper of: avgpool1d, avgpool2d
def pool_counts(n, k, s, p, places, padded) {
    if (places - 1) * s + k <= n + 2 * p and (padded or p == 0) {
        return k
    } else {
        start = arange(places) * s - p
        low = -p if padded else 0
        high = n + p if padded else n
        return minimum(start + k, high) - maximum(start, low)
    }
}

# avgpool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad): the mean of each window; windows are
# kernel_size apart, or stride.
#     length' = (length + 2 padding - kernel_size) // stride + 1, with ceil_mode rounded up
# Shapes:
#     x       f32[batch, n, length]
#     result  f32[batch, n, length']
# PyTorch: torch.nn.functional.avg_pool1d
# Example:
#     print avgpool1d([[1, 3, 2, 5, 4, 0.5]], 2)
#     > [[2.0000, 3.5000, 2.2500]]
def avgpool1d(x, kernel_size, stride = none, padding = 0, ceil_mode = false,
              count_include_pad = true) {
    x = pool_input(x, "avgpool1d", 1)
    k = per_axis(kernel_size, 1)[0]
    s = per_axis(kernel_size if stride == none else stride, 1)[0]
    p = per_axis(padding, 1)[0]
    n = size(x, axis = -1)
    places = pool_places(x, "avgpool1d", n, k, s, p, 1, ceil_mode)
    wide = pad_along(x, -1, p, (places - 1) * s + k - n - p, 0)
    return sum(windows(wide, -1, k, step = s), axis = -1) / pool_counts(n, k, s, p, places,
                                                                        count_include_pad)
}

# avgpool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override): avgpool1d over height and
# width; a divisor_override takes the place of the number of elements.
# Shapes:
#     x       f32[batch, n, height, width]
#     result  f32[batch, n, height', width']
# PyTorch: torch.nn.functional.avg_pool2d
# Example:
#     print avgpool2d(reshape(arange(16.0), 1, 4, 4), 3, stride = 1)
#     > [[[ 5.,  6.],
#     >   [ 9., 10.]]]
def avgpool2d(x, kernel_size, stride = none, padding = 0, ceil_mode = false,
              count_include_pad = true, divisor_override = none) {
    x = pool_input(x, "avgpool2d", 2)
    k = per_axis(kernel_size, 2)
    s = per_axis(kernel_size if stride == none else stride, 2)
    p = per_axis(padding, 2)
    h = size(x, axis = -2)
    w = size(x, axis = -1)
    rows = pool_places(x, "avgpool2d", h, k[0], s[0], p[0], 1, ceil_mode)
    columns = pool_places(x, "avgpool2d", w, k[1], s[1], p[1], 1, ceil_mode)
    wide = pad_along(x, -1, p[1], (columns - 1) * s[1] + k[1] - w - p[1], 0)
    wide = pad_along(wide, -2, p[0], (rows - 1) * s[0] + k[0] - h - p[0], 0)
    total =
        sum(windows(windows(wide, -1, k[1], step = s[1]), -3, k[0], step = s[0]), axis = [-2, -1])
    if divisor_override == none {
        down = pool_counts(h, k[0], s[0], p[0], rows, count_include_pad)
        across = pool_counts(w, k[1], s[1], p[1], columns, count_include_pad)
        return total / (reshape([down], -1, 1) * across)
    } else {
        return total / divisor_override
    }
}

# mean_along(x, axis, count): the last axis, or the one before, in `count` pieces as even as can be, and the mean of
# each: piece i is from i n // count to (i + 1) n / count, rounded up.
# Helper of: adaptive_avgpool2d
def mean_along(x, axis, count) {
    n = size(x, axis)
    first = arange(count) * n // count
    last = ((arange(count) + 1) * n + count - 1) // count
    place = unsqueeze(arange(n), 0)
    inside = place >= unsqueeze(first, 1) and place < unsqueeze(last, 1)
    share = where(inside, ones(1, dtype = dtype(x)), 0)
    if axis == -1 {
        return x @ transpose(share) / (last - first)
    } else {
        return share @ x / unsqueeze(last - first, 1)
    }
}

# adaptive_avgpool2d(x, output_size): height and width in output_size pieces each, and the mean of each piece.
# Shapes:
#     x       f32[batch, n, height, width]
#     result  f32[batch, n, output_size, output_size]
# PyTorch: torch.nn.functional.adaptive_avg_pool2d
# Example:
#     print adaptive_avgpool2d(reshape(arange(16.0), 1, 4, 4), 2)
#     > [[[ 2.5000,  4.5000],
#     >   [10.5000, 12.5000]]]
def adaptive_avgpool2d(x, output_size) {
    x = pool_input(x, "adaptive_avgpool2d", 2)
    out = per_axis(output_size, 2)
    x = require(x, out[0] >= 1 and out[1] >= 1,
                "adaptive_avgpool2d: output_size must be 1 or more, not ", out)
    if out[0] == 1 and out[1] == 1 {
        return mean(x, axis = [-2, -1], keepdims = true)
    } else {
        return mean_along(mean_along(x, -1, out[1]), -2, out[0])
    }
}

# global_avgpool2d(x): the mean over height and width.
# Shapes:
#     x       f32[batch, n, height, width]
#     result  f32[batch, n]
# PyTorch: none; x.mean((-2, -1))
# Example:
#     print global_avgpool2d(reshape(arange(16.0), 1, 1, 4, 4))
#     > [[7.5000]]
def global_avgpool2d(x) = mean(pool_input(x, "global_avgpool2d", 2), axis = [-2, -1])

# global_maxpool2d(x): the largest over height and width.
# Shapes:
#     x       f32[batch, n, height, width]
#     result  f32[batch, n]
# PyTorch: none; x.amax((-2, -1))
# Example:
#     print global_maxpool2d(reshape(arange(16.0), 1, 1, 4, 4))
#     > [[15.]]
def global_maxpool2d(x) = max(pool_input(x, "global_maxpool2d", 2), axis = [-2, -1])

# max_pool1d(x): maxpool1d, by PyTorch's name and with its arguments.
# Shapes: as maxpool1d
# PyTorch: torch.nn.functional.max_pool1d
# Example:
#     print shape(max_pool1d(zeros(1, 3, 8), 2))
#     > [1, 3, 4]
def max_pool1d(x, kernel_size, stride = none, padding = 0, dilation = 1, ceil_mode = false) =
    maxpool1d(x, kernel_size, stride, padding, dilation, ceil_mode)

# max_pool2d(x): maxpool2d, by PyTorch's name and with its arguments.
# Shapes: as maxpool2d
# PyTorch: torch.nn.functional.max_pool2d
# Example:
#     print shape(max_pool2d(zeros(1, 3, 8, 8), 2))
#     > [1, 3, 4, 4]
def max_pool2d(x, kernel_size, stride = none, padding = 0, dilation = 1, ceil_mode = false) =
    maxpool2d(x, kernel_size, stride, padding, dilation, ceil_mode)

# avg_pool1d(x): avgpool1d, by PyTorch's name and with its arguments.
# Shapes: as avgpool1d
# PyTorch: torch.nn.functional.avg_pool1d
# Example:
#     print shape(avg_pool1d(zeros(1, 3, 8), 2))
#     > [1, 3, 4]
def avg_pool1d(x, kernel_size, stride = none, padding = 0, ceil_mode = false,
               count_include_pad = true) =
    avgpool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad)

# avg_pool2d(x): avgpool2d, by PyTorch's name and with its arguments.
# Shapes: as avgpool2d
# PyTorch: torch.nn.functional.avg_pool2d
# Example:
#     print shape(avg_pool2d(zeros(1, 3, 8, 8), 2))
#     > [1, 3, 4, 4]
def avg_pool2d(x, kernel_size, stride = none, padding = 0, ceil_mode = false,
               count_include_pad = true, divisor_override = none) =
    avgpool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)

# adaptive_avg_pool2d(x): adaptive_avgpool2d, by PyTorch's name and with its arguments.
# Shapes: as adaptive_avgpool2d
# PyTorch: torch.nn.functional.adaptive_avg_pool2d
# Example:
#     print shape(adaptive_avg_pool2d(zeros(1, 3, 8, 8), 2))
#     > [1, 3, 2, 2]
def adaptive_avg_pool2d(x, output_size) = adaptive_avgpool2d(x, output_size)
