#!/usr/bin/env python3
"""indexing.py -- what indexing.dsl must print, computed by PyTorch; see reference.py.

    python3 tests/library/indexing.py      writes indexing.expected"""
import torch

from reference import Lines, both, param, slope_of, weighted


def flipped(f, axis):
    return lambda t: f(t.flip(axis)).flip(axis)


def indexing(line):
    x = param([[[0.5, -1.0, 2.0], [3.0, 0.25, -2.0]], [[1.0, 1.0, -0.5], [4.0, -3.0, 0.75]]])
    m = param([[1.0, -2.0, 0.5, 4.0], [0.25, 3.0, -1.5, -0.5], [2.0, 1.5, -3.0, 0.125]])
    holes = param([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0], [1.5, -2.0, 0.5]])
    half = param([[1.0, 2.0], [-0.5, 0.25]])
    k = torch.arange(24).reshape(2, 3, 4)
    t = torch.tensor
    rows, grid, one = t([2, 0, -1, 2]), t([[0, 1], [3, -4]]), m[1].argmax()

    line("rows", both(lambda v: v[rows], m), k[[1]], k[[1, 0], 1:].flip(2)[..., ::2])
    line("columns", both(lambda v: v[:, grid], m), list(k[..., grid].shape))
    line("pairs", both(lambda v: v[[0, 2, 2, 1], [1, 3, 3, -4]], m),
         both(lambda v: v[[[0], [2]], [1, 3]], m))
    line("scalar", both(lambda v: v[one], m), both(lambda v: v[:, one], m), k[one, one],
         k[one, :, one])
    line("apart", k[[0, 1], :, [2, 3]], list(k[grid % 2, :, grid % 2].shape), k[:, [0, 2], [1, 3]])
    line("number and tensor", k[1][:, [0, 2]], k[:, 1][:, [3, 0]],
         k[-1, [0, 1], [0, 1]])
    line("new axis", list(k[None, [0, 1]].shape), list(k[[0, 1], None, [0, 2]].shape),
         k[1][None, [0, 2]][0, 1])
    line("bools", (k > 11)[[0, 1], [0, 1], [0, 1]])
    line("second derivative", slope_of(lambda v: weighted(v[[1, 1, 2], 2] ** 3), m),
         slope_of(lambda v: weighted((v ** 3).cumsum(0)), m))

    flat = torch.where(grid < 0, grid + 12, grid)
    line("take", both(lambda v: torch.take(v, flat), m), both(lambda v: v[:, grid], m),
         both(lambda v: torch.index_select(v, 0, t([2, 0, 2, 2])), m))
    order, row = t([[3, 0], [1, 1], [3, 2]]), t([[1, 0, 2, 2]])
    line("take_along_axis", both(lambda v: torch.take_along_dim(v, order, 1), m),
         both(lambda v: torch.take_along_dim(v, row, 0), m))
    line("gather", both(lambda v: torch.gather(v, 1, t([[3, 0], [1, 1]])), m),
         both(lambda v: torch.gather(v, 0, t([[2, 0, 1], [2, 2, 1]])), m))
    pick = lambda v, i, d: torch.gather(v, d, i.unsqueeze(d)).squeeze(d)
    line("pick", both(lambda v: pick(v, t([3, 0, 3]), 1), m),
         both(lambda v: pick(v, t([[1, 0, 1], [0, 0, 1]]), 0), x))
    line("scatter_add", both(lambda s: m.scatter_add(1, t([[0, 3], [2, 2]]), s), half),
         both(lambda v: v.scatter_add(0, t([[2, 2]]), half), m),
         k[0].scatter_add(1, t([[1, 1], [0, 3], [2, 2]]), t([[1, 2], [3, 4], [5, 6]])))
    line("index_add", both(lambda s: holes.index_add(1, t([2, 0, 2, 1]), s), m))

    line("cumsum", both(lambda v: v.cumsum(0), m), both(lambda v: v.cumsum(-1), x),
         both(flipped(lambda v: v.cumsum(1), 1), m))
    line("cumsum of integers", k[0].cumsum(0), (k[0] > 4).cumsum(1), "i64",
         t([1, 2, 3], dtype=torch.int32).cumsum(0))
    line("cumsum exclusive", m.cumsum(1) - m, [5, 3, 0])
    line("cumprod", both(lambda v: v.cumprod(1), m), both(lambda v: v.cumprod(0), x),
         both(lambda v: v.cumprod(1), holes))
    line("cumprod of integers", t([1, 2, 3, 4]).cumprod(0), [1, 2, 6])


if __name__ == "__main__":
    lines = Lines()
    indexing(lines)
    lines.write("indexing.expected")
