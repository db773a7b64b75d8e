# tensors.dsl -- Rotations, masks and sorting of tensors.

# masked_fill(x, mask, value): the value where the mask is true, else x.
# Shapes: x any, mask of booleans, broadcasting; the result has the shape of both
# PyTorch: torch.Tensor.masked_fill
# Example:
#     print masked_fill([1.0, 2.0, 3.0], [false, true, false], 0)
#     > [1., 0., 3.]
def masked_fill(x, mask, value) = where(mask, value, x)

# roll(x, shift, axis): the elements moved along an axis, those that fall off coming in at the other
# end.
# Shapes: any; the result has that of x
# PyTorch: torch.roll(x, shift, dim)
# Example:
#     print roll([1, 2, 3, 4], 1, axis = 0)
#     > [4, 1, 2, 3]
def roll(x, shift, axis) =
    take(x, (arange(size(x, axis = axis)) - shift) % size(x, axis = axis), axis = axis)

# argsort(x, axis, descending): the indices that put the elements along an axis into order; of
# equals the first comes first, and NaN is the largest.  Every element is compared with every other,
# n^2 for n of them: meant for axes of some hundreds.
# Shapes: any but a scalar; the result has that of x, in i64
# PyTorch: torch.argsort(x, dim, descending, stable=True)
# Example:
#     print argsort([3.0, 1.0, 2.0])
#     > [1, 2, 0]
def argsort(x, axis = -1, descending = false) {
    x = require(x, ndim(x) > 0, "argsort needs a tensor with an axis, not ", x)
    last = transpose(x, axis, -1)
    n = size(last, axis = -1)
    mine = unsqueeze(last, -1)
    others = unsqueeze(last, -2)
    before = comes_before(others, mine, descending)
    same = not before and not comes_before(mine, others, descending)
    earlier = arange(n) < reshape(arange(n), n, 1)
    rank = sum(before or same and earlier, axis = -1)
    order = scatter_add(zeros_like(rank), -1, rank, zeros_like(rank) + arange(n))
    return transpose(order, axis, -1)
}

# comes_before(a, b, descending): does a stand before b in the order?
# Helper of: argsort
def comes_before(a, b, descending) {
    a = i64(a) if dtype(a) == "bool" else a
    b = i64(b) if dtype(b) == "bool" else b
    if descending {
        return a > b or a != a and b == b
    } else {
        return a < b or b != b and a == a
    }
}

# sort(x, axis, descending): the elements along an axis in order, and where they were: [values,
# indices].  As argsort; the gradient goes back to where each value was.
# Shapes: any but a scalar; both results have that of x
# PyTorch: torch.sort(x, dim, descending, stable=True)
# Example:
#     values, indices = sort([3.0, 1.0, 2.0])
#     print values, indices
#     > [1., 2., 3.] [1, 2, 0]
def sort(x, axis = -1, descending = false) {
    order = argsort(x, axis = axis, descending = descending)
    return [take_along_axis(x, order, axis = axis), order]
}

# topk(x, k, axis, largest): the k largest elements along an axis, the largest first, and where they
# were: [values, indices]; with largest = false the smallest.  As argsort.
# Shapes: any but a scalar; of both results the axis has k elements
# PyTorch: torch.topk(x, k, dim, largest)
# Example:
#     values, indices = topk([3.0, 1.0, 2.0], 2)
#     print values, indices
#     > [3., 2.] [0, 2]
def topk(x, k, axis = -1, largest = true) {
    x = require(x, k >= 1 and k <= size(x, axis = axis), "topk of ", x, ": there are ",
                size(x, axis = axis), " elements along axis ", axis, ", not ", k)
    order = take(argsort(x, axis = axis, descending = largest), arange(k), axis = axis)
    return [take_along_axis(x, order, axis = axis), order]
}
