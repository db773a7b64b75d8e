#!/usr/bin/env python3
"""reference.py -- what the programs in this folder must print, computed by PyTorch and NumPy.

    python3 tests/library/reference.py      writes NAME.expected beside each NAME.dsl

It needs torch and numpy, which the tests do not: the .expected files are kept.  Each line of one
belongs to the `print` of that name: all its numbers, without brackets.  A number with a point was
computed in f64 and is compared with a tolerance; integers, booleans and dtypes must be equal.

Where gradc means to differ from PyTorch, the comment at the line says so."""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_default_dtype(torch.float64)
inf, nan = math.inf, math.nan


def token(value):
    """One number, as the .expected file has it."""
    if isinstance(value, (bool, int, str)):
        return str(value)
    return str(value) if math.isnan(value) or math.isinf(value) else repr(float(value))


def tokens(value):
    """All numbers of a tensor, an array, a shape, a list or a number."""
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return [token(v) for v in value.reshape(-1).tolist()]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in tokens(v)]
    return [token(value)]


class Lines:
    """The lines of one .expected file; long ones with fewer digits, more than are compared."""

    def __init__(self):
        self.text = ""

    def __call__(self, name, *values):
        words = tokens(values)
        if len(words) > 100:
            words = [repr(float(f"{float(w):.8g}")) if "." in w else w for w in words]
        self.text += name + ": " + " ".join(words) + "\n"

    def write(self, name):
        with open(os.path.join(HERE, name), "w") as file:
            file.write(self.text)


def param(values):
    return torch.tensor(values, requires_grad=True)


def weighted(y):
    return (y * torch.linspace(0.5, 2.0, y.numel()).reshape(y.shape)).sum()


def grads(y, *xs):
    found = torch.autograd.grad(y, xs, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, xs)]


def both(f, x):
    """f(x), and the gradient of weighted(f(x))."""
    y = f(x)
    return [y, grads(weighted(y), x) if y.requires_grad else torch.zeros_like(x)]


def slope_of(f, x):
    """The gradient of weighted(f's gradient)."""
    (dx,) = torch.autograd.grad(f(x), x, create_graph=True)
    return grads(weighted(dx), x)


def integers(*values):
    return torch.tensor(values, dtype=torch.int32)


def arithmetic(line):
    x = param([[-2.5, -1.0, -0.25], [0.5, 1.75, 3.0]])
    y = param([[1.5, -2.0, 4.0], [0.25, -0.5, 2.0]])
    row = param([0.5, -1.5, 2.0])
    column = param([[2.0], [-3.0]])
    positive = param([0.1, 0.5, 1.0, 2.5, 10.0])
    odd = param([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5])

    line("mul", x * y, grads(weighted(x * y), x, y))
    line("div", x / y, grads(weighted(x / y), x, y))
    line("mod", x % y, grads(weighted(x % y), x, y))
    line("floordiv", torch.div(x, y, rounding_mode="floor"))
    z = x - row * column
    line("broadcast", z, grads(weighted(z), row, column))
    z = positive ** odd[0:5]
    line("pow", z, grads(weighted(z), positive, odd))
    line("cube", both(lambda v: v ** 3, x))
    line("square", both(lambda v: v ** 2, x))
    line("root", both(lambda v: v ** 0.5, positive))
    line("inverse", both(lambda v: v ** -1, x))
    low, high = torch.minimum(x, y), torch.maximum(x, row)
    line("extremes", low, high, grads(weighted(low) + weighted(high), x, y))
    z = weighted(torch.maximum(odd, torch.tensor(0.0))) + weighted(torch.minimum(odd, torch.tensor(0.5)))
    line("ties", grads(z, odd))
    line("clamp", both(lambda v: torch.clamp(v, -1.5, 1.5), odd))
    line("clamp above", both(lambda v: torch.clamp(v, min=0.5), odd))
    z = torch.where(x > y, x * x, y)
    line("where", z, grads(weighted(z), x, y))
    zero, one = torch.tensor(0.0), torch.tensor(1.0)
    line("division by zero", one / zero, -one / zero, zero / zero, one // zero, zero % zero)

    line("mod of infinity", odd % inf, odd % -inf, odd // inf)
    line("exp", both(torch.exp, x))
    line("expm1", both(torch.expm1, x))
    line("log", both(torch.log, positive))
    line("log1p", both(torch.log1p, positive))
    line("sqrt", both(torch.sqrt, positive))
    line("rsqrt", both(torch.rsqrt, positive))
    line("sin", both(torch.sin, x))
    line("cos", both(torch.cos, x))
    line("tanh", both(torch.tanh, x))
    line("sigmoid", both(torch.sigmoid, x))
    line("erf", both(torch.erf, x))
    line("abs", both(torch.abs, odd))
    line("sign", both(torch.sign, odd))
    line("floor", both(torch.floor, odd))
    line("ceil", both(torch.ceil, odd))
    line("round", both(torch.round, odd))
    far = torch.tensor([-1000.0, 1000.0])
    line("edges", torch.sigmoid(far), torch.tanh(far), torch.exp(far))
    line("nan", [True, False, False], torch.maximum(torch.tensor(nan), one),
         torch.minimum(one, torch.tensor(nan)))
    (dx,) = torch.autograd.grad((torch.tanh(x) * torch.exp(x * y)).sum(), x, create_graph=True)
    line("second derivative", grads(weighted(dx), x))

    a, b = integers(7, -7, 7, -7, 6, -6, 0), integers(2, 2, -2, -2, 3, 3, 5)
    floor = lambda p, q: torch.div(p, q, rounding_mode="floor")
    line("integer floordiv", floor(a, b))
    line("integer mod", a % b)
    line("integer div", a.double() / b)
    line("integer mul", a * b, a - b, -a)
    line("integer pow", a ** integers(0, 1, 2, 3, 4, 5, 6), a ** 2)
    line("integer by number", floor(a, 4), a % 4, floor(a, -4), a % -4)
    line("integer abs", a.abs(), a.sign(), torch.minimum(a, b), torch.clamp(a, -2, 3))
    line("wrap", torch.tensor([250, 6], dtype=torch.uint8) + torch.tensor([10, 1], dtype=torch.uint8),
         torch.tensor([100, -100], dtype=torch.int8) * 2, integers(2147483647) + 1)
    byte, small = torch.uint8, torch.int8
    line("integer edges", -torch.tensor([1, 200], dtype=byte),
         torch.tensor([3], dtype=byte) - torch.tensor([5], dtype=byte),
         floor(torch.tensor([-128], dtype=small), torch.tensor([-1], dtype=small)),
         torch.tensor([-128], dtype=small).abs(),
         torch.tensor([2, -1, 1, 3]) ** torch.tensor([-1, -3, -2, 0]))
    line("compare", a < b, a <= b, a > b, a >= b, a == b, a != b)
    line("compare floats", x < y, x == y, x >= -1,
         torch.tensor([nan, 1.0]) == torch.tensor([nan, 1.0]))
    line("logic", (a > 0) & (b > 0), (a > 0) | (b > 0), ~(a > 0))
    line("casts", (x * 1.3).int(), positive.to(torch.uint8), positive.to(torch.int8), odd.bool(),
         (x > 0).long(), (a > 0).double())
    line("where dtypes", "i64", "f32", "f32")  # as torch 2 has them
    line("doubles", [True, False, True, True])
    promotion(line)


def promotion(line):
    """dtypes alone, with PyTorch's usual default f32."""
    names = {torch.float32: "f32", torch.float64: "f64", torch.uint8: "u8", torch.int8: "i8",
             torch.int16: "i16", torch.int32: "i32", torch.int64: "i64", torch.bool: "bool"}
    torch.set_default_dtype(torch.float32)
    u8 = torch.tensor([1, 2], dtype=torch.uint8)
    i8, i16, i64 = u8.to(torch.int8), u8.to(torch.int16), u8.long()
    f32, f64 = u8.float(), u8.double()
    for name, value in [
            ("u8 + i8", u8 + i8), ("u8 + i16", u8 + i16), ("i16 + i64", i16 + i64),
            ("i64 + f32", i64 + f32), ("f32 + f64", f32 + f64), ("u8 + 1", u8 + 1),
            ("u8 + 1.5", u8 + 1.5), ("u8 / 2", u8 / 2), ("f64 + 1.5", f64 + 1.5),
            ("f32 + f64 scalar", f32 + f64[0]), ("u8 + i64 scalar", u8 + i64[0]),
            ("i64 + f64 scalar", i64 + f64[0]), ("scalars", u8[0] + i64[0]),
            ("bool + u8", (u8 > 1) + u8), ("bool * f32", (u8 > 1) * f32),
            ("sum of u8", u8.sum()), ("sum of bools", (u8 > 1).sum()), ("argmax", f32.argmax())]:
        line(name, names[value.dtype])
    torch.set_default_dtype(torch.float64)


def tensors(line):
    x = param([[[0.5, -1.0, 2.0], [3.0, 0.25, -2.0]], [[1.0, 1.0, -0.5], [4.0, -3.0, 0.75]]])
    m = param([[1.0, -2.0, 0.5], [0.25, 3.0, -1.5]])
    n = param([[2.0, -1.0], [0.5, 1.5], [-0.75, 1.0]])
    u, v = param([0.5, -1.5, 2.0]), param([1.0, 4.0, -0.5])
    tied = param([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -1.0, 5.0]])
    flat = param([2.0, 2.0, 2.0])
    holes = param([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0], [1.5, -2.0, 0.5]])
    k = torch.arange(12).reshape(3, 4)
    reductions(line, x, tied, flat, holes, u, k)
    products(line, x, m, n, u, v, k)
    line("index", k[1], k[-1, 0], k[:, 2], k[0:2], k[1:3, ::2], k[..., 0])
    a = k.numpy()
    line("negative steps", a[::-1, ::-2], a[2:0:-1], a[:, 3:0:-2])
    line("out of range slices", a[1:100, -2:], a[5:, :].shape, a[-100:1])
    line("new axis", a[None].shape, a[..., None].shape)
    line("index gradient", both(lambda t: t[0].flip(1) * t[1, 1, 0] + t[:, 0], x))
    shapes(line, x, m, k)
    joins(line, m, k)
    line("ranges", torch.arange(5), torch.arange(2, 11, 3), torch.arange(5, 0, -2),
         torch.arange(0.0, 1.0, 0.3), torch.linspace(-1, 1, 5))
    line("eye", torch.eye(3).long(), torch.eye(2, 3).long(), torch.full([2, 2], 7),
         torch.zeros(2, 2), torch.ones_like(k), torch.full_like(k, 3))
    line("one_hot", F.one_hot(torch.tensor([2, 0, 1]), 4), torch.tensor([[0, 1], [1, 0]]), "i64")
    rows = m.gather(1, torch.tensor([[2], [0]]))[:, 0]
    line("pick", rows, m.gather(0, torch.tensor([[1, 0, 1]]))[0], grads(weighted(rows), m))


def reductions(line, x, tied, flat, holes, u, k):
    line("sum", x.sum(), x.sum(0), x.sum([0, 2]), x.sum(-1))
    line("sum keepdims", x.sum(1, keepdim=True).shape, x.sum([0, 2], keepdim=True).shape)
    line("sum of integers", k.sum(), k.sum(1), (k > 4).sum(), (k + 1).prod(0))
    line("mean", both(lambda t: t.mean(1), x), both(torch.mean, x), (k > 4).double().mean())
    line("var", both(lambda t: t.var(-1), x), both(lambda t: t.var([0, 1], unbiased=False), x),
         x.var())
    line("std", both(torch.std, x), both(lambda t: t.std(0, unbiased=False), x))
    line("std of equal elements", both(torch.std, flat))
    # gradc's max and min share a gradient among equal elements along an axis, too: torch's amax.
    line("max", both(lambda t: t.amax(-1), tied), both(torch.max, x), x.amax([0, 2]))
    line("min", both(lambda t: t.amin(0), tied), x.min(), k.amin(0))
    first = lambda t, axis=None: torch.tensor(np.argmax(t.detach().numpy(), axis))
    line("argmax", first(tied, 1), first(tied, 0), first(tied), first(-tied, 1), k.argmin(0))
    line("argmax keepdims", first(tied, 1), (3, 1))
    holed = torch.tensor([1.0, nan, 2.0])
    line("max with nan", holed.max(), holed.min(), holed.argmax())
    line("prod", both(lambda t: t.prod(-1), holes), u.prod())
    line("any all", (k > 10).any(), (k > 10).all(), (k > 10).any(1), (k > 3).all(1))
    zero = flat - 2
    line("norm", both(torch.linalg.vector_norm, x), x.norm(dim=1),
         grads(torch.linalg.vector_norm(zero), flat))
    line("logsumexp", both(lambda t: t.logsumexp([0, 1, 2]), x), both(lambda t: t.logsumexp(-1), x))
    nothing = torch.log(zero)
    line("logsumexp of nothing", nothing.logsumexp(0), (-nothing).logsumexp(0),
         torch.tensor([1000.0, 1000.0]).logsumexp(0))
    empty = torch.zeros(0, 4)
    line("empty", empty.sum(), empty.sum(0), empty.prod(), empty.mean(), (0, 2),
         torch.zeros(2, 0) @ torch.zeros(0, 3), torch.cat([empty, torch.ones(1, 4)]))


def products(line, x, m, n, u, v, k):
    line("matmul", m @ n, grads(weighted(m @ n), m, n))
    line("matrix vector", m @ u, grads(weighted(m @ u), m, u))
    line("vector matrix", u @ n, grads(weighted(u @ n), n))
    line("dot", u.dot(v), u @ v, grads(u.dot(v), u, v))
    line("outer", torch.outer(u, v), grads(weighted(torch.outer(u, v)), u, v))
    line("batched matmul", x @ n, grads(weighted(x @ n), x, n))
    square = x @ x.transpose(1, 2)
    line("batches", square, grads(weighted(square), x))
    line("matrix by batch", m.T @ x, grads(weighted(m.T @ x), m, x))
    line("vector by batch", u[0:2] @ x, grads(weighted(u[0:2] @ x), u, x))
    line("batch by vector", x @ u, grads(weighted(x @ u), u, x))
    pairs = x.reshape(2, 1, 2, 3) @ x.transpose(1, 2).reshape(1, 2, 3, 2)
    line("broadcast batches", pairs.shape, pairs, grads(weighted(pairs), x))
    line("integer matmul", k @ k.T, 400 - 256)
    label = torch.tensor([0, 2])
    normalised = lambda t: weighted((t - t.mean(-1, keepdim=True))
                                    / torch.sqrt(t.var(-1, unbiased=False, keepdim=True) + 1e-5))
    line("second derivatives",
         slope_of(lambda t: weighted(t ** 3), x), slope_of(lambda t: F.cross_entropy(t, label), m),
         slope_of(normalised, m), slope_of(torch.linalg.vector_norm, m), slope_of(torch.prod, u),
         slope_of(lambda t: t.logsumexp([0, 1]), m))


def shapes(line, x, m, k):
    cube = k.reshape(2, 3, 2)
    line("reshape", k.reshape(2, 6), k.reshape(-1, 2, 3), (4, 3), k.flatten())
    line("transpose", k.T, cube.permute(2, 0, 1), cube.transpose(0, 1))
    line("flatten", x.flatten(1).shape, x.flatten(0, 1).shape, x[:, :, 0:1].squeeze().shape,
         m.unsqueeze(1).shape, m.unsqueeze(-1).shape)
    line("expand", k[:, 0:1].expand(-1, 2), k.expand(2, -1, -1).shape)
    line("flip", k.flip(1), k.flip(0, 1), k.flip(0))
    line("permute gradient", both(lambda t: t.permute(2, 0, 1).flip(1), x))


def joins(line, m, k):
    line("concat", torch.cat([k, k[0:1]]), torch.cat([k[:, 0:1], k], 1), (2, 2, 6))
    line("stack", torch.stack([k[0], k[1]]), torch.stack([k[0], k[1]], 1),
         torch.stack([m, m], -1).shape)
    line("hstack", torch.hstack([k[0], k[1]]), torch.hstack([k[:, 0:1], k]),
         torch.vstack([k[0], k[1]]), torch.vstack([k, k]))
    line("split", torch.split(k, 2, 1), torch.split(k, [1, 2, 1], -1))
    line("repeat", k[:, 0:2].repeat(1, 2), k[0].repeat(2, 1))
    line("pad", F.pad(k, [1, 2], value=-1), F.pad(k, [0, 1, 1, 0]))
    line("join gradient",
         both(lambda t: torch.cat([F.pad(t, [1, 0]) * 2, t.repeat(1, 2)[:, 1:5]], 0), m))


def networks(line):
    x = param([[-3.0, -1.0, -0.5, 0.0], [0.5, 1.0, 2.0, 7.0]])
    far = param([-1000.0, -90.0, -20.0, 20.0, 90.0, 1000.0])
    activations(line, x, far)
    scores = param([[1.0, -0.5, 2.0], [0.25, 3.0, -1.0], [-2.0, 0.5, 0.75], [100.0, -100.0, 0.0]])
    deep = param([[[1.0, -0.5], [2.0, 0.25], [3.0, -1.0]], [[-2.0, 0.5], [0.75, 1.5], [-0.25, 0.0]]])
    line("softmax", both(lambda v: v.softmax(-1), scores), both(lambda v: v.softmax(0), scores))
    line("log_softmax", both(lambda v: v.log_softmax(-1), scores),
         both(lambda v: v.log_softmax(0), scores))
    p = param([[0.1, 0.9, 0.5], [0.75, 0.2, 0.999]])
    t = param([[0.0, 1.0, 0.5], [1.0, 0.25, 1.0]])
    near = param([[0.3, 0.1, -0.5], [1.0, 2.5, 1.0]])
    labels = torch.tensor([2, 1, 0, 0])
    regressions(line, p, near)
    classifications(line, scores, deep, labels)
    binaries(line, p, t, near, far)
    layers(line, scores, near)
    metrics(line, scores, deep, labels, p, near)
    schedules(line)
    # Random numbers are PyTorch's in distribution only: the program checks ranges and moments.
    line("initialisers", [True] * 4)
    line("initialised layers", [True] * 4)
    line("randn", [True] * 4)
    line("rand", [True] * 4)
    line("randint", 1, 6, True, True)
    line("bernoulli", [True] * 3)


def activations(line, x, far):
    line("relu", both(F.relu, x))
    line("relu6", both(F.relu6, x))
    line("leaky_relu", both(F.leaky_relu, x), both(lambda v: F.leaky_relu(v, 0.2), x))
    line("elu", both(F.elu, x), both(lambda v: F.elu(v, 0.5), x), both(F.elu, far))
    line("selu", both(F.selu, x))
    line("gelu", both(F.gelu, x), both(F.gelu, far))
    line("silu", both(F.silu, x), both(F.silu, far))
    line("softplus", both(F.softplus, x), both(F.softplus, far))
    (dx,) = torch.autograd.grad(weighted(F.softplus(x)), x, create_graph=True)
    line("softplus second derivative", grads(weighted(dx), x))
    line("logsigmoid", both(F.logsigmoid, x), both(F.logsigmoid, far))
    line("mish", both(F.mish, x))
    line("softsign", both(F.softsign, x))
    line("hardtanh", both(F.hardtanh, x))
    line("nan", [f(torch.tensor(nan)) for f in (F.relu, F.relu6, F.elu, F.softplus, F.hardtanh)])


def regressions(line, p, near):
    for name, loss in [("mse_loss", F.mse_loss), ("l1_loss", F.l1_loss)]:
        line(name, loss(p, near), grads(loss(p, near), p, near))
    half = F.huber_loss(p, near, delta=0.5)
    line("huber_loss", F.huber_loss(p, near), half, grads(half, p, near))


def classifications(line, scores, deep, labels):
    some, planes = torch.tensor([2, -100, 0, -100]), torch.tensor([[2, 0], [1, 1]])
    entropy = lambda label, **settings: lambda s: F.cross_entropy(s, label, **settings)
    line("cross_entropy", both(entropy(labels), scores),
         both(entropy(labels, label_smoothing=0.1), scores))
    line("cross_entropy ignore_index", both(entropy(some), scores),
         both(entropy(some, label_smoothing=0.2), scores))
    line("cross_entropy deep", both(entropy(planes), deep),
         both(entropy(planes, ignore_index=1, label_smoothing=0.3), deep))
    line("cross_entropy single", both(lambda s: F.cross_entropy(s[1], torch.tensor(2)), scores))
    line("cross_entropy of nothing", nan)
    line("nll_loss", both(lambda s: F.nll_loss(s, labels), scores),
         both(lambda s: F.nll_loss(s, some), scores))


def binaries(line, p, t, near, far):
    loss = F.binary_cross_entropy_with_logits
    line("bce_with_logits", loss(near, t), grads(loss(near, t), near, t))
    certain = torch.tensor([0.0, 1, 1, 1, 0, 0])
    line("bce_with_logits far", both(lambda v: loss(v, certain), far))
    loss = F.binary_cross_entropy
    by_target = -(torch.log(p) - torch.log1p(-p)) / p.numel()  # torch 1.13 has no such gradient
    line("bce_loss", loss(p, t), grads(loss(p, t.detach()), p), by_target)
    line("bce_loss certain",
         loss(torch.tensor([1.0, 0, 0, 1]), torch.tensor([1.0, 0, 1, 0])))
    # From probabilities of 0 and 1, wrong ones: torch's slopes are 1e12.  (Right ones: 0 there,
    # the true 1 and -1 here.)
    wrong = param([0.0, 1.0])
    line("bce_loss gradient", [g / 1e12 for g in grads(loss(wrong, torch.tensor([1.0, 0.0])), wrong)])
    loss = F.kl_div(near.log_softmax(-1), t, reduction="batchmean")
    line("kl_div", loss, grads(loss, near))


def layers(line, scores, near):
    d = torch.linspace(0.5, 2.0, 8).reshape(4, 2)
    line("linear", torch.zeros(4, 2), d.T @ scores, d.sum(0), (2, 3), (2,))
    line("linear gradient", torch.zeros(4, 3))
    line("layernorm", both(lambda v: F.layer_norm(v, [3]), scores),
         both(lambda v: F.layer_norm(v, [3], eps=1e-3), scores))
    weight, bias = torch.ones(3, requires_grad=True), torch.zeros(3, requires_grad=True)
    line("layernorm weights",
         grads(weighted(F.layer_norm(scores, [3], weight, bias)), weight, bias))
    line("dropout", F.dropout(near, training=False))


def metrics(line, scores, deep, labels, p, near):
    planes = torch.tensor([[2, 0], [1, 0]])
    line("accuracy", (scores.argmax(1) == labels).double().mean(),
         (deep.argmax(1) == planes).double().mean())
    off = p - near
    line("mae rmse r2", off.abs().mean(), (off ** 2).mean().sqrt(),
         1 - (off ** 2).sum() / ((near - near.mean()) ** 2).sum())
    line("perplexity", F.cross_entropy(scores, labels).exp())


def wave(turn, *sizes):
    """As `wave` in convolutions.dsl."""
    count = math.prod(sizes)
    return torch.sin(torch.arange(count).double() * turn).reshape(sizes).requires_grad_()


def convolutions(line):
    x, s, b = wave(0.7, 2, 4, 7, 6), wave(0.6, 2, 4, 11), wave(0.9, 6)
    w, v = wave(1.3, 6, 4, 3, 2), wave(1.1, 6, 4, 3)
    t, u = wave(1.7, 4, 6, 3, 2), wave(0.4, 4, 6, 3)
    for stride, padding, dilation, groups in [
            (1, 0, 1, 1), (2, 1, 1, 1), (3, 2, 2, 2), (1, 3, 1, 2), (4, 0, 3, 1)]:
        y = F.conv1d(s, v[:, 0:4 // groups], b, stride, padding, dilation, groups)
        line("conv1d", y, grads(weighted(y), s, v, b))
    for stride, padding, dilation, groups in [
            ((1, 1), (0, 0), (1, 1), 1), ((2, 1), (1, 0), (1, 2), 1), ((1, 3), (2, 2), (2, 1), 2),
            ((2, 2), (1, 1), (1, 1), 2), ((3, 2), (0, 1), (3, 1), 1)]:
        y = F.conv2d(x, w[:, 0:4 // groups], b, stride, padding, dilation, groups)
        line("conv2d", y, grads(weighted(y), x, w, b))
    y = F.conv2d(x, w[0:4].reshape(16, 1, 3, 2)[0:8], groups=4)
    line("conv2d depthwise", y, grads(weighted(y), x, w))
    line("conv2d same", F.conv2d(x, w, padding="same"),
         F.conv2d(x, w, padding="same", dilation=2), F.conv2d(x, w))
    line("conv2d alone", F.conv2d(x[0], w, b), F.conv1d(s[1], v))
    y = weighted(F.conv2d(torch.tanh(x), w, stride=2, padding=1) ** 2)
    (dx,) = torch.autograd.grad(y, x, create_graph=True)
    by_x, by_w = torch.autograd.grad((dx ** 2).sum(), (x, w))
    line("conv2d second order", by_x)
    line("conv2d second order by weight", by_w)
    for stride, padding, extra, dilation, groups in [
            (1, 0, 0, 1, 1), (2, 1, 1, 1, 1), (3, 2, 2, 2, 2), (2, 0, 1, 3, 1)]:
        y = F.conv_transpose1d(s, u[:, 0:6 // groups], b, stride,
                               padding, extra, groups, dilation)
        line("conv_transpose1d", y, grads(weighted(y), s, u, b))
    for stride, padding, extra, dilation, groups in [
            ((1, 1), (0, 0), (0, 0), (1, 1), 1), ((2, 2), (1, 1), (1, 0), (1, 1), 1),
            ((3, 2), (1, 2), (2, 1), (1, 2), 2)]:
        y = F.conv_transpose2d(x[0:1], t[:, 0:6 // groups], b, stride, padding, extra, groups, dilation)
        line("conv_transpose2d", y[:, 0:3], grads(weighted(y), x, t, b))
    pools(line, x, s)
    line("unfold", both(lambda a: F.unfold(a[:, 1:3], (3, 2), (1, 2), (1, 0), (2, 1)), x))
    line("windows", s.unfold(-1, 4, 3), tuple(x.unfold(2, 3, 1).shape))
    line("upsample", both(lambda a: F.interpolate(a[:, 0:1, 0:2, 0:3], scale_factor=(2, 3)), x))
    norms(line, x, s)
    line("layers", (200, 2, 5), (100, 4, 3, 2), (4, 40, 5), (4, 30, 3, 3), (1, 200, 5), (1, 100, 7, 8),
         (1, 40, 13), (1, 60, 11, 11))
    line("first values", [True] * 6)


def pools(line, x, s):
    for k, stride, padding, dilation, ceil in [
            (2, 2, 0, 1, False), (3, 2, 1, 1, False), (3, 1, 1, 2, False), (3, 3, 0, 1, True),
            (2, 3, 1, 1, True)]:
        line("maxpool", both(lambda a: F.max_pool1d(a, k, stride, padding, dilation, ceil), s),
             both(lambda a: F.max_pool2d(a, k, stride, padding, dilation, ceil), x))
    line("maxpool2d by axis", both(lambda a: F.max_pool2d(a, (3, 2), (2, 1), (1, 0)), x))
    ties = param([[[1.0, 1, 0, 2], [1, 3, 2, 2], [0, 0, 5, 5], [0, 0, 5, 5]]])
    line("maxpool2d ties", both(lambda a: F.max_pool2d(a, 2), ties),
         both(lambda a: F.max_pool2d(a, 3, 1), ties))
    for k, stride, padding, ceil, padded in [
            (2, 2, 0, False, True), (3, 2, 1, False, True), (3, 2, 1, True, False),
            (3, 1, 1, False, False), (4, 3, 2, True, True)]:
        line("avgpool", both(lambda a: F.avg_pool1d(a, k, stride, padding, ceil, padded), s),
             both(lambda a: F.avg_pool2d(a, k, stride, padding, ceil, padded), x))
    line("avgpool2d divisor", both(lambda a: F.avg_pool2d(a, (2, 3), divisor_override=5), x))
    for out in [(1, 1), (3, 2), (5, 4), (7, 6)]:
        line("adaptive_avgpool2d", both(lambda a: F.adaptive_avg_pool2d(a, out), x))
    line("global pools", both(lambda a: a.mean((-2, -1)), x), both(lambda a: a.amax((-2, -1)), x))


def norms(line, x, s):
    ones, zeros = torch.ones(7, 6, requires_grad=True), torch.zeros(7, 6, requires_grad=True)
    line("layernorm", both(lambda a: F.layer_norm(a, [7, 6]), x),
         both(lambda a: F.layer_norm(a, [6], eps=1e-2), x), both(lambda a: F.layer_norm(a, [6]), x),
         (7, 6), (7, 6), (6,))
    line("layernorm weights", grads(weighted(F.layer_norm(x, [7, 6], ones, zeros)), ones, zeros))
    scale = torch.ones(6, requires_grad=True)
    rms = lambda a, axes, eps: a / torch.sqrt((a * a).mean(axes, keepdim=True) + eps)
    line("rmsnorm", both(lambda a: rms(a, -1, 1e-6), x), both(lambda a: rms(a, (-2, -1), 1e-3), x),
         grads(weighted(rms(x, -1, 1e-6) * scale), scale))
    weight, bias = torch.ones(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    line("groupnorm", both(lambda a: F.group_norm(a, 2), x),
         both(lambda a: F.group_norm(a, 4, eps=1e-2), s))
    line("groupnorm weights", grads(weighted(F.group_norm(x, 2, weight, bias)), weight, bias))
    line("instancenorm", both(F.instance_norm, s), both(F.instance_norm, x))
    line("batchnorm evaluated", F.batch_norm(x, torch.zeros(4), torch.ones(4)),
         F.batch_norm(s, None, None, training=True), F.batch_norm(s[0], None, None, training=True),
         (4,), 0)


class Normed(torch.nn.Module):
    """As the modules of normed.dsl."""

    def __init__(self, norm, flat):
        super().__init__()
        self.kernel = torch.nn.Parameter(wave(1.3, 3, 2, 2, 2).detach())
        self.v = torch.nn.Parameter(torch.tensor([0.5, -1.0, 0.75]))
        self.norm, self.flat = norm, flat

    def forward(self, x):
        h = F.conv2d(x, self.kernel)
        return F.relu(self.norm(h.flatten(2) if self.flat else h)).flatten(2).mean(2) @ self.v


def normed(line):
    x, y = wave(0.7, 6, 2, 3, 3).detach(), torch.tensor([1.0, -0.5, 0.25, 2.0, -1.0, 0.75])
    n = torch.nn
    for name, norm, flat in [
            ("batchnorm2d_plain", n.BatchNorm2d(3), False),
            ("batchnorm2d_cumulative", n.BatchNorm2d(3, momentum=None, eps=1e-3), False),
            ("batchnorm1d_series", n.BatchNorm1d(3, momentum=0.3, affine=False), True)]:
        net = Normed(norm, flat)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
        losses = []
        for _ in range(5):
            net.train()
            for rows in (slice(0, 4), slice(4, 6)):
                optimizer.zero_grad()
                F.mse_loss(net(x[rows]), y[rows]).backward()
                optimizer.step()
            net.eval()
            losses.append(F.mse_loss(net(x), y))
        line(name, losses)


def rates(scheduler, steps, **settings):
    """The factors that a scheduler of torch gives to a learning rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = scheduler(optimizer, **settings)
    found = []
    for _ in range(steps + 1):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def schedules(line):
    s = torch.optim.lr_scheduler
    fall = rates(s.CosineAnnealingLR, 4, T_max=4)
    line("cosine", fall[0], fall[1], fall[2], abs(fall[4]),
         rates(s.CosineAnnealingLR, 10, T_max=10, eta_min=0.1)[3])
    fall = rates(s.LinearLR, 4, start_factor=1.0, end_factor=0.0, total_iters=4)
    line("linear_decay", fall[0], fall[1],
         rates(s.LinearLR, 2, start_factor=1.0, end_factor=0.2, total_iters=2)[1])
    fall = rates(s.ExponentialLR, 3, gamma=0.9)
    line("exponential", fall[0], fall[3])
    fall = rates(s.StepLR, 3, step_size=3)
    line("step_decay", fall[0], fall[2], fall[3], rates(s.StepLR, 7, step_size=3, gamma=0.5)[7])
    line("warmup", 1 / 4, 3 / 4, 1.0, 1.0, rates(s.ConstantLR, 3, factor=1.0)[3])


def schedule_lines(line):
    s = torch.optim.lr_scheduler
    with_all = lambda kind, **settings: rates(kind, 14, **settings)
    line("constant_start", with_all(s.ConstantLR), with_all(s.ConstantLR, factor=0.5, total_iters=3))
    line("linear_ramp", with_all(s.LinearLR),
         with_all(s.LinearLR, start_factor=1.0, end_factor=0.2, total_iters=10))
    line("linear_decay", with_all(s.LinearLR, start_factor=1.0, end_factor=0.25, total_iters=14))
    line("polynomial", with_all(s.PolynomialLR),
         with_all(s.PolynomialLR, total_iters=12, power=2.5))
    line("exponential", with_all(s.ExponentialLR, gamma=0.9))
    line("step_decay", with_all(s.StepLR, step_size=4), with_all(s.StepLR, step_size=3, gamma=0.5))
    line("multistep", with_all(s.MultiStepLR, milestones=[2, 5, 5, 11]),
         with_all(s.MultiStepLR, milestones=[4], gamma=0.5))
    line("cosine", with_all(s.CosineAnnealingLR, T_max=14),
         with_all(s.CosineAnnealingLR, T_max=14, eta_min=0.1))
    restarts = s.CosineAnnealingWarmRestarts
    line("cosine_restarts", with_all(restarts, T_0=4),
         with_all(restarts, T_0=2, T_mult=2, eta_min=0.1))
    line("cosine_restarts of three", with_all(restarts, T_0=1, T_mult=3))
    line("one_cycle", one_cycle("lr"),
         one_cycle("lr", pct_start=0.4, anneal_strategy="linear", div_factor=10.0,
                   final_div_factor=100.0))
    line("one_cycle_momentum", one_cycle("momentum"),
         one_cycle("momentum", anneal_strategy="linear", base_momentum=0.8, max_momentum=0.9))
    warm = with_all(s.LambdaLR, lr_lambda=lambda t: min((t + 1) / 4, 1))
    fall = with_all(s.CosineAnnealingLR, T_max=14)
    line("warmup", warm, [a * b for a, b in zip(warm, fall)])
    line("inverse_sqrt",
         with_all(s.LambdaLR, lr_lambda=lambda t: min((t + 1) / 4, math.sqrt(4 / (t + 1)))))
    line("noam", with_all(s.LambdaLR, lr_lambda=noam(64, 5)))


def noam(width, length):
    """The formula of "Attention is all you need", of PyTorch's count."""
    return lambda t: width ** -0.5 * min((t + 1) ** -0.5, (t + 1) * length ** -1.5)


def one_cycle(what, steps=15, **settings):
    """OneCycleLR's learning rates, or momentums, for a max_lr of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=steps, **settings)
    found = []
    for step in range(steps):
        found.append(optimizer.param_groups[0][what])
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
    return found


def initial(line):
    line("constant", [0.5] * 6, [0.0] * 2, [1.0] * 3)
    line("eye", torch.eye(2, 3))
    line("dirac", torch.nn.init.dirac_(torch.empty(4, 2, 3), 2),
         torch.nn.init.dirac_(torch.empty(3, 2, 3, 4)))
    gain = torch.nn.init.calculate_gain
    line("calculate_gain", float(gain("linear")), float(gain("sigmoid")), gain("tanh"), gain("relu"),
         gain("leaky_relu"), gain("leaky_relu", 0.2), gain("selu"))
    # What is drawn is PyTorch's in distribution only: the program checks ranges and moments.
    line("fans", [True] * 5)
    line("bounds", [True] * 2)
    line("trunc_normal", [True] * 5)
    line("erfinv", torch.erfinv(torch.tensor([-0.999, -0.5, -0.01, 0.0, 1e-5, 0.3, 0.9, 0.99999])))
    line("orthogonal", [True] * 4)
    line("drawn anew", [True] * 3)


class NAdam(torch.optim.Optimizer):
    """As torch documents it; the code of its 1.13 has a factor mu too many in the second product."""

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0,
                 momentum_decay=4e-3):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                                      momentum_decay=momentum_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (b1, b2), psi = group["lr"], group["betas"], group["momentum_decay"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p), product=1.0)
                state["t"] += 1
                t, m, v = state["t"], state["m"], state["v"]
                g = p.grad + group["weight_decay"] * p
                mu, after = (b1 * (1 - 0.5 * 0.96 ** (k * psi)) for k in (t, t + 1))
                state["product"] *= mu
                m.mul_(b1).add_(g, alpha=1 - b1)
                v.mul_(b2).addcmul_(g, g, value=1 - b2)
                root = (v / (1 - b2 ** t)).sqrt() + group["eps"]
                p -= lr * (1 - mu) / (1 - state["product"]) * g / root
                p -= lr * after / (1 - state["product"] * after) * m / root


class Lion(torch.optim.Optimizer):
    """Written from the paper, for torch has none."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (b1, b2), decay = group["lr"], group["betas"], group["weight_decay"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                move = torch.sign(b1 * m + (1 - b1) * p.grad)
                p -= lr * (move + decay * p)
                m.mul_(b2).add_(p.grad, alpha=1 - b2)


class Network(torch.nn.Module):
    def __init__(self, normed=False):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor([[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]]))
        self.v = torch.nn.Parameter(torch.tensor([0.5, -1.0]))
        self.norm = torch.nn.BatchNorm1d(2) if normed else None

    def forward(self, x):
        h = x @ self.w
        return (F.relu(self.norm(h)) if self.norm else torch.tanh(h)) @ self.v


def train(make, rate=None, normed=False, epochs=5, momentum=None):
    """The loss after each of some epochs of 2 batches; rate(step, epoch) and momentum(step), Adam's
    beta1, from step 0 and epoch 0."""
    x = torch.tensor([[0.5, -1.0, 2.0], [1.0, 0.25, -0.75], [-1.5, 0.5, 0.25],
                      [0.75, 1.0, -1.0], [2.0, -0.5, 1.5], [-0.25, 0.125, 1.0]])
    y = torch.tensor([1.0, -0.5, 0.25, 2.0, -1.0, 0.75])
    net = Network(normed)
    optimizers = make(net)
    losses, step = [], 0
    for epoch in range(epochs):
        net.train()
        for rows in (slice(0, 4), slice(4, 6)):
            net.zero_grad()
            F.mse_loss(net(x[rows]), y[rows]).backward()
            for optimizer in optimizers:
                if rate:
                    optimizer.param_groups[0]["lr"] = rate(step, epoch)
                if momentum:
                    optimizer.param_groups[0]["betas"] = (momentum(step), 0.999)
                optimizer.step()
            step += 1
        net.eval()
        losses.append(F.mse_loss(net(x), y))
    return losses


def optimizers(line):
    o, s = torch.optim, torch.optim.lr_scheduler
    with_all = lambda kind, **settings: lambda net: [kind(net.parameters(), **settings)]
    sgd = with_all(o.SGD, lr=0.05)
    line("sgd_plain", train(sgd))
    line("sgd_momentum", train(with_all(o.SGD, lr=0.05, momentum=0.9)))
    line("sgd_nesterov", train(with_all(o.SGD, lr=0.05, momentum=0.8, nesterov=True)))
    line("sgd_weight_decay", train(with_all(o.SGD, lr=0.05, momentum=0.5, weight_decay=0.1)))
    line("adam_plain", train(with_all(o.Adam, lr=0.02)))
    line("adam_weight_decay",
         train(with_all(o.Adam, lr=0.02, betas=(0.8, 0.9), eps=1e-4, weight_decay=0.1)))
    line("adamw_plain", train(with_all(o.AdamW, lr=0.02, weight_decay=0.1)))
    line("rmsprop_plain", train(with_all(o.RMSprop, lr=0.01)))
    line("rmsprop_all", train(with_all(o.RMSprop, lr=0.01, alpha=0.9, eps=1e-3, weight_decay=0.1,
                                       momentum=0.5, centered=True)))
    line("adagrad_plain", train(with_all(o.Adagrad, lr=0.1)))
    line("adagrad_all",
         train(with_all(o.Adagrad, lr=0.1, lr_decay=0.05, weight_decay=0.1, eps=1e-3)))
    line("lion_plain", train(with_all(Lion, lr=0.01)))
    line("lion_weight_decay", train(with_all(Lion, lr=0.01, betas=(0.8, 0.95), weight_decay=0.1)))
    cosine = rates(s.CosineAnnealingLR, 10, T_max=10)
    line("by_cosine", train(sgd, lambda step, epoch: 0.05 * cosine[step + 1]))
    down = rates(s.LinearLR, 10, start_factor=1.0, end_factor=0.5, total_iters=10)
    line("by_warmup",
         train(sgd, lambda step, epoch: 0.05 * min((step + 1) / 5, 1) * down[step + 1]))
    halved = rates(s.ExponentialLR, 5, gamma=0.5)
    line("by_exponential",
         train(with_all(o.Adam, lr=0.05), lambda step, epoch: 0.05 * halved[epoch]))
    stairs = rates(s.StepLR, 10, step_size=3, gamma=0.5)
    line("by_step_decay", train(sgd, lambda step, epoch: 0.05 * stairs[step]))
    line("two_groups", train(lambda net: [o.SGD([net.v], lr=0.1), o.Adam([net.w], lr=0.02)]))
    line("batchnorm", train(sgd, normed=True))


def descent(line):
    """100 steps of each."""
    o, s = torch.optim, torch.optim.lr_scheduler
    def go(name, kind, rate=None, beta1=None, **settings):
        line(name, train(lambda net: [kind(net.parameters(), **settings)], rate, epochs=50,
                         momentum=beta1))
    go("sgd_momentum", o.SGD, lr=0.05, momentum=0.9)
    go("sgd_dampening", o.SGD, lr=0.05, momentum=0.9, dampening=0.3, weight_decay=0.01)
    go("sgd_maximize", o.SGD, lr=0.001, maximize=True)
    go("adam_plain", o.Adam, lr=0.02)
    go("adam_amsgrad", o.Adam, lr=0.05, betas=(0.9, 0.9), amsgrad=True, weight_decay=0.01)
    go("adamw_amsgrad", o.AdamW, lr=0.05, betas=(0.9, 0.9), amsgrad=True, weight_decay=0.1)
    go("adamw_plain", o.AdamW, lr=0.02, weight_decay=0.1)
    some = dict(lr=0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.05)
    go("nadam_plain", NAdam)
    go("nadam_all", NAdam, momentum_decay=0.1, **some)
    go("radam_plain", o.RAdam, lr=0.01)
    go("radam_all", o.RAdam, **some)
    go("adamax_plain", o.Adamax)
    go("adamax_all", o.Adamax, **some)
    go("adadelta_plain", o.Adadelta)
    go("adadelta_all", o.Adadelta, lr=0.5, rho=0.8, eps=1e-4, weight_decay=0.05)
    go("rmsprop_all", o.RMSprop, lr=0.01, alpha=0.9, eps=1e-3, weight_decay=0.1, momentum=0.5,
       centered=True)
    go("adagrad_all", o.Adagrad, lr=0.1, lr_decay=0.05, initial_accumulator_value=0.5, eps=1e-3,
       weight_decay=0.1)
    go("lion_plain", Lion, lr=0.01, weight_decay=0.1)
    rate, momentum = one_cycle("lr", 100), one_cycle("momentum", 100)
    go("by_one_cycle", o.Adam, lambda step, epoch: 0.1 * rate[step], lambda step: momentum[step])
    restarts = rates(s.CosineAnnealingWarmRestarts, 100, T_0=10, T_mult=2, eta_min=0.1)
    go("by_restarts", o.SGD, lambda step, epoch: 0.05 * restarts[step], lr=1.0)
    stairs = rates(s.MultiStepLR, 50, milestones=[10, 30], gamma=0.5)
    go("by_multistep", o.SGD, lambda step, epoch: 0.05 * stairs[epoch], lr=1.0, momentum=0.9)
    go("by_noam", o.Adam, lambda step, epoch: noam(64, 40)(step), betas=(0.9, 0.98))
    fall = rates(s.CosineAnnealingLR, 100, T_max=100)
    go("by_warm_cosine", o.SGD,
       lambda step, epoch: 0.05 * min((step + 1) / 10, 1) * fall[step], lr=1.0)


SAMPLES = torch.tensor([[0.5, -1.0, 2.0], [1.0, 0.25, -0.75], [-1.5, 0.5, 0.25],
                        [0.75, 1.0, -1.0], [2.0, -0.5, 1.5], [-0.25, 0.125, 1.0]])
TARGETS = torch.tensor([1.0, -0.5, 0.25, 2.0, -1.0, 0.75])


def turns(steps, evaluate, epochs=20):
    """evaluate() after each epoch of 2 batches, on each of which steps(rows, batch number) works."""
    found, batch = [], 0
    for _ in range(epochs):
        for rows in (slice(0, 4), slice(4, 6)):
            batch += 1
            steps(rows, batch)
        found.append([float(v) for v in evaluate()])
    return found


class Layers(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(param([[0.5, 0.125, -0.5], [-0.25, 0.75, 0.25]]))
        self.b = torch.nn.Parameter(param([0.25, -0.5]))
        self.v = torch.nn.Parameter(param([0.5, -1.0]))
        self.c = torch.nn.Parameter(param(0.125))

    def all(self):
        return [self.w, self.b, self.v, self.c]

    def forward(self, x):
        return torch.tanh(x @ self.w.T + self.b) @ self.v + self.c


def step_lines(line):
    o, clip = torch.optim, torch.nn.utils
    nothing = lambda params: None

    def go(name, make, clipped=nothing, moved=None, every=1):
        """Steps over `moved`, in turn; make(net) gives each its optimizers."""
        net = Layers()
        parts = moved(net) if moved else [net.all()]
        optimizers = make(net)

        def steps(rows, batch):
            if batch % every:
                return
            for params, optimizer in zip(parts, optimizers):
                for p in net.all():
                    p.grad = None
                loss = F.mse_loss(net(SAMPLES[rows]), TARGETS[rows])
                for p, g in zip(params, torch.autograd.grad(loss, params)):
                    p.grad = g
                clipped(params)
                for one in optimizer:
                    one.step()
        found = turns(steps, lambda: [F.mse_loss(net(SAMPLES), TARGETS)])
        for one in name.split():
            line(one, found)

    def both(params):
        clip.clip_grad_value_(params, 0.25)
        clip.clip_grad_norm_(params, 0.4)

    go("by_norm", lambda n: [[o.SGD(n.all(), lr=0.1, momentum=0.9)]],
       lambda params: clip.clip_grad_norm_(params, 0.3))
    go("by_value", lambda n: [[o.Adam(n.all(), lr=0.05)]],
       lambda params: clip.clip_grad_value_(params, 0.1))
    go("by_both", lambda n: [[o.SGD(n.all(), lr=0.2)]], both)
    go("norm_of_part", lambda n: [[o.SGD([n.v, n.c], lr=0.2)]],
       lambda params: clip.clip_grad_norm_(params, 0.3), moved=lambda n: [[n.v, n.c]])
    go("groups", lambda n: [[o.SGD([n.b, n.c], lr=0.05), o.Adam([n.v], lr=0.02),
                             o.SGD([n.w], lr=0.1, weight_decay=0.1)]])
    go("frozen", lambda n: [[o.SGD([n.v, n.c], lr=0.1)]], moved=lambda n: [[n.v, n.c]])
    go("second_time", lambda n: [[o.Adam(n.all(), lr=0.05)]], every=3)
    go("in_turn loss9", lambda n: [[o.SGD([n.v, n.c], lr=0.1)], [o.SGD([n.w, n.b], lr=0.1)]],
       moved=lambda n: [[n.v, n.c], [n.w, n.b]])


def average(line):
    """By batches of 4 and 2, as the program's micro-batches make them together."""
    net = Layers()
    mean = torch.optim.swa_utils.AveragedModel(net, avg_fn=lambda a, p, n: 0.8 * a + 0.2 * p)
    optimizer = torch.optim.SGD(net.all(), lr=0.1, momentum=0.9)

    def steps(rows, batch):
        optimizer.zero_grad()
        F.mse_loss(net(SAMPLES[rows]), TARGETS[rows]).backward()
        torch.nn.utils.clip_grad_norm_(net.all(), 0.3)
        optimizer.step()
        mean.update_parameters(net)
    found = turns(steps, lambda: [F.mse_loss(mean(SAMPLES), TARGETS),
                                  F.l1_loss(mean(SAMPLES), TARGETS)])
    line("loss", [epoch[0] for epoch in found])
    line("error", [epoch[1] for epoch in found])


def dense(weight):
    return [param(weight), param([0.1] * len(weight))]


def two_layers(first, second):
    params = dense(first) + dense(second)
    def net(x):
        w, b, v, c = params
        return torch.tanh(x @ w.T + b) @ v.T + c
    return net, params


def gan(line):
    real = torch.tensor([[0.5, -1.0], [1.0, 0.25], [-1.5, 0.5], [0.75, 1.0], [2.0, -0.5],
                         [-0.25, 0.125]])
    noise = torch.tensor([[0.1, 0.9], [-1.2, 0.3], [0.7, -0.8], [1.5, 0.2], [-0.4, -1.1],
                          [0.6, 0.5]])
    share = torch.tensor([0.25, 0.5, 0.75, 0.1, 0.9, 0.4])
    generator = lambda: two_layers([[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]],
                                   [[0.5, -1.0, 0.25], [1.0, 0.5, -0.75]])
    critic = lambda: two_layers([[-0.5, 0.25], [0.75, 0.5], [0.25, -1.0]], [[1.0, -0.5, 0.75]])
    adam, (G, g), (D, d), (H, h), (C, c) = torch.optim.Adam, generator(), critic(), generator(), critic()

    def d_loss(rows):
        fake = G(noise[rows]).detach()
        return F.softplus(-D(real[rows])).mean() + F.softplus(D(fake)).mean()

    def g_loss(rows):
        return F.softplus(-D(G(noise[rows]))).mean()

    def critic_loss(rows):
        made = H(noise[rows]).detach()
        part = share[rows, None]
        mix = (real[rows] * part + made * (1 - part)).requires_grad_()
        (slope,) = torch.autograd.grad(C(mix).sum(), mix, create_graph=True)
        penalty = ((slope.pow(2).sum(1).sqrt() - 1) ** 2).mean()
        return C(made).mean() - C(real[rows]).mean() + 10 * penalty

    def maker_loss(rows):
        return -C(H(noise[rows])).mean()

    work = [(d_loss, adam(d, lr=0.02, betas=(0.5, 0.999)), 1),
            (g_loss, adam(g, lr=0.02, betas=(0.5, 0.999)), 1),
            (critic_loss, adam(c, lr=0.01, betas=(0.0, 0.9)), 1),
            (maker_loss, adam(h, lr=0.01, betas=(0.0, 0.9)), 2)]

    def steps(rows, batch):
        for loss, optimizer, every in work:
            if batch % every:
                continue
            optimizer.zero_grad()
            loss(rows).backward()
            optimizer.step()
    rows = slice(0, 6)
    found = turns(steps, lambda: [loss(rows) for loss, _, _ in work])
    for i, (loss, _, _) in enumerate(work):
        line(loss.__name__, [epoch[i] for epoch in found])


def second(line):
    grad = torch.autograd.grad
    w = param([[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]])
    b = param([0.5, -1.0])
    x = SAMPLES[:4]
    t = torch.tensor([[0.5, 1.0], [-1.0, 0.25], [2.0, 0.5], [0.0, -0.75]])
    v = torch.tensor([[1.0, 0.5], [-0.5, 2.0], [0.25, -1.0]])
    h = torch.tanh(x @ w + b)
    loss = ((h - t) ** 2).mean()
    again = dict(create_graph=True)
    gw, gb = grad(loss, (w, b), **again)
    line("both", gw, gb)
    (hv,) = grad((gw * v).sum(), w, **again)
    line("hessian vector", hv)
    line("hessian of both", grad((gw * v).sum() + (gb * gb).sum(), (w, b), **again))
    line("third", grad((hv * v).sum(), w, **again))
    line("hessian row", grad(gw[1, 0], w, **again))
    points = x.clone().requires_grad_()
    (slope,) = grad((torch.tanh(points @ w) @ b).sum(), points, **again)
    penalty = ((slope.pow(2).sum(1).sqrt() - 1) ** 2).mean()
    line("penalty", penalty, grad(penalty, (w, b)))
    line("detached", grad((h.detach() * h).sum(), w, **again),
         grad((gw * gw.detach()).sum(), b, **again))
    line("in between", grad(loss, h, **again), grad(loss + h.sum(), h))
    words = param([[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25], [1.0, 0.5], [-0.75, -1.0]])
    logits = torch.tanh(words[[3, 0, 4]]) @ words.T
    tied = F.cross_entropy(logits, torch.tensor([0, 4, 2]))
    line("tied", tied, grad(tied, words))


def functions(line):
    x = param([[-2.5, -1.0, -0.25], [0.5, 1.75, 3.0]])
    unit = param([-0.875, -0.5, 0.0, 0.25, 0.75])
    positive = param([0.1, 0.5, 1.0, 2.5, 10.0])
    a = param([[[0.5, -1.0, 2.0], [3.0, 0.25, -2.0]], [[1.0, 1.0, -0.5], [4.0, -3.0, 0.75]]])
    m = param([[1.0, -2.0, 0.5], [0.25, 3.0, -1.5], [2.0, -0.5, 1.0]])
    n = param([[2.0, -1.0], [0.5, 1.5], [-0.75, 1.0]])
    u, v = param([0.5, -1.5, 2.0]), param([1.0, 4.0, -0.5])
    k = torch.arange(12).reshape(3, 4)
    odd = torch.tensor([-2.5, -0.5, 0.0, 1.5, inf, -inf, nan])
    t, e = torch.tensor, torch.einsum

    line("tan", both(torch.tan, x))
    line("asin", both(torch.asin, unit), torch.asin(t([-1.0, 1.0])))
    line("acos", both(torch.acos, unit), torch.acos(t([-1.0, 1.0])))
    line("atan", both(torch.atan, x), torch.atan(t([inf, -inf])))
    line("atan2", torch.atan2(x, m[0]), grads(weighted(torch.atan2(x, m[0] + 0.25)), x, m),
         torch.atan2(t([0.0, 0.0, 1.0, -1.0]), t([1.0, -1.0, 0.0, 0.0])))
    line("sinh", both(torch.sinh, x))
    line("cosh", both(torch.cosh, x))
    line("exp2", both(torch.exp2, x))
    line("log2", both(torch.log2, positive), torch.log2(t([8.0, 1024.0])))
    line("log10", both(torch.log10, positive), torch.log10(t([1000.0, 1e6])))
    line("square", both(torch.square, x), torch.square(t([-3, 2])))
    line("reciprocal", both(torch.reciprocal, x))
    line("trunc", torch.trunc(odd[0:4]), [-3, 2])
    line("frac", both(torch.frac, x))
    line("fmod", torch.fmod(x, m[0:2]), grads(weighted(torch.fmod(x, m[0:2])), x, m),
         torch.fmod(t([-7, 7, -6, 6]), 3))
    line("remainder", torch.remainder(x, m[0:2]), torch.remainder(t([-7, 7, -6, 6]), 3))
    line("isinf", torch.isinf(odd), torch.isfinite(odd), torch.isnan(odd))
    line("compare", k.eq(5), k.ne(5), k.lt(5), k.le(5), k.gt(5), k.ge(5))
    line("logical", torch.logical_and(k, k - 5), torch.logical_or(k, k - 5),
         torch.logical_xor(k, k - 5), torch.logical_not(k))
    near, to = t([1.0, 1.000009, 1.001, inf, inf, nan]), t([1.0, 1.0, 1.0, inf, -inf, nan])
    line("isclose", torch.isclose(near, to), torch.isclose(near, to, equal_nan=True),
         torch.isclose(near, to, rtol=0.01), torch.allclose(near, near),
         torch.allclose(near, near, equal_nan=True))

    length = torch.linalg.vector_norm
    line("norm", both(lambda x: length(x, 1, dim=1), x), both(lambda x: length(x, 3, dim=0), x),
         both(lambda x: length(x, 0.5), x), both(lambda x: length(x, inf, dim=-1), x),
         both(lambda x: length(x, -inf), x), both(lambda x: length(x, -2, dim=1, keepdim=True), x))
    line("norm of how many", 2, 0, length(x))
    line("norm at zero", grads(length(u - u, 3), u), grads(length(u - u), u))

    line("tril", k.tril(), k.tril(1), k.tril(-1), both(torch.tril, a))
    line("triu", k.triu(), k.triu(2), k.triu(-2))
    line("trace", m.trace(), grads((m @ m).trace(), m), a.numel())
    line("diag", both(torch.diag, u), both(lambda u: torch.diag(u, -1), u), both(torch.diag, m),
         k.diag(), k.diag(2), k.diag(-2), 0, 0)
    line("diagonal", both(lambda a: a.diagonal(1, 2, 1), a), a.diagonal(),
         a.diagonal(dim1=0, dim2=2), [3, 0])

    line("einsum product", e("ij,jk->ik", m, n), grads(weighted(e("ij,jk->ik", m, n)), m, n))
    line("einsum turned", e("ij,jk->ki", m, n), e("ji,jk", m, n), e("ba", m))
    line("einsum batched", e("bij,kj->bki", a, m), grads(weighted(e("bij,kj->bki", a, m)), a, m))
    line("einsum of three", e("i,ij,j->", u, m, v), grads(e("i,ij,j->", u, m, v), m, u, v))
    z = e("ij,jk,kl,li->il", m, m, m, m)
    line("einsum of four", z, grads(weighted(z), m))
    line("einsum diagonal", e("ii", m), e("ii->i", m), e("ii,ij->j", m, m),
         grads(weighted(e("ii->i", m)), m), e("iji->j", e("ij,k->ijk", m, u)))
    line("einsum sums", e("ij->", m), e("ij->j", m), e("bij->jb", a), e("ij,k->i", m, u),
         grads(weighted(e("ij,k->i", m, u)), m))
    line("einsum elementwise", e("i,i->i", u, v), e("i,j->ji", u, v), e("ij,j->ij", m, u),
         grads(weighted(e("i,j->ji", u, v)), u))
    line("einsum ellipsis", e("...ij,jk->...ik", a, m), e("...j,j", a, u), e("i...->...", a),
         e("...i,...i->...", a, u), e("...,...", t(2.0), u), e("...j->j", a))
    line("einsum by one", e("bij,bjk->bik", a[0:1], a.reshape(2, 3, 2)), e("ij,j->i", n, t([2.0])))
    line("einsum of integers", e("ij,kj->ik", k, k), e("iJ,Ji", k, k.T), e("ij,jk->ik", k, k.T))

    constant = lambda x, p, value=0: F.pad(x, p, "constant", value)
    line("pad", both(lambda a: F.pad(a, [2, 1], mode="reflect"), a),
         both(lambda a: F.pad(a[None], [1, 2, 1, 0], mode="replicate")[0], a),
         both(lambda a: F.pad(a[None], [1, 3, 2, 1], mode="circular")[0], a),
         both(lambda x: constant(x, [1, 0, 0, 2], 1.5), x), 1, 2, 3, 3, 3)
    line("dstack", torch.dstack([t([1, 2]), t([3, 4])]), torch.dstack([k, k]).shape,
         torch.dstack([a, a]).shape, torch.dstack([t(5), t(6)]))
    line("chunk", *torch.arange(7).chunk(3), *torch.arange(5).chunk(4), *k.chunk(2, 1),
         *torch.arange(2).chunk(5), *k.unbind(), *k.unbind(1))
    line("split", *torch.arange(7).split(3), *k.split([1, 3], 1))
    line("tile", torch.tile(t([1, 2]), (2, 2)), torch.tile(k, (2,)), torch.tile(a, (2, 1, 1, 2)).shape,
         a.repeat(1, 2, 1, 2).shape)
    line("move", a.movedim(0, 2).shape, a.movedim((0, 1), (-1, 0)).shape, k.swapaxes(0, 1),
         a.swapaxes(-1, 0).shape, t([1, 2]).broadcast_to(2, 2))
    line("ask", a.shape, a.ndim, "f32", "i64", k.T)


def empty(line):
    e, w, one = torch.zeros(0, 3), param([1.0, 2.0, 3.0]), torch.ones
    z, x, none_left = torch.zeros, torch.arange(6).reshape(2, 3), torch.zeros(2, 3)[:, 0:0]

    line("reductions", e.sum(), e.sum(0), e.sum(1).shape, e.prod(), e.prod(0), z(3, 0).sum(1),
         e.long().sum())
    line("means", e.mean().isnan(), e.mean(0).isnan(), e.mean(1).shape, e.mean().isnan())
    line("variances", e.var().isnan(), e.std(0).isnan(), one(1).var().isnan(),
         w.var(dim=0, correction=4).isinf(), w.std(dim=0, correction=3).isinf(),
         w.var(dim=0, correction=2))
    line("any all", (e > 0).any(), (e > 0).all(), (e > 0).any(0), (e > 0).all(0),
         (e > 0).any(1).shape, (e > 0).all(0, keepdim=True))
    line("extremes of rows", e.amax(1).shape, e.argmax(1).shape, e.amin(1, keepdim=True).shape)
    line("logsumexp", -inf, none_left.logsumexp(0).shape, none_left.logsumexp(1), 0.0, [0.0, 0.0])
    line("softmax", e.softmax(-1).shape, e.softmax(0).shape, none_left.log_softmax(-1).shape)
    line("join", torch.cat([e, one(2, 3)]), torch.cat([e, e]).shape, torch.stack([e, e]).shape,
         torch.hstack([z(2, 0), one(2, 1)]), torch.vstack([z(0, 2), one(1, 2)]))
    line("split", e.split(2)[0].shape, e.split([1, 2], 1)[1].shape, e.chunk(2)[0].shape)
    line("products", z(2, 0) @ z(0, 3), (z(0, 2) @ one(2, 3)).shape, z(0) @ z(0),
         (z(4, 0, 2) @ z(4, 2, 3)).shape, z(2, 1, 0) @ z(2, 0, 2), torch.outer(z(0), one(3)).shape,
         torch.einsum("ij,jk->ik", z(2, 0), z(0, 3)))
    line("slices", x[2:].shape, x[:, 3:].shape, x[1:1].shape, (x[:, 0:0] + 1).shape,
         (x[0:0] * x[0:1]).shape)
    line("shapes", e.reshape(3, 0).shape, e.reshape(0, 7, 2).shape, e.flatten().shape, e.T.shape,
         z(1, 0, 1).squeeze().shape, e.unsqueeze(0).shape, z(1, 0).expand(4, 0).shape,
         e.flip(0).shape, e.repeat(2, 1).shape, one(2).repeat(0).shape, F.pad(e, [0, 0, 1, 0]),
         z(0, 0).tril().shape, z(0).diag().shape)
    line("each element", e.exp().shape, torch.where(e > 0, e, 1.0).shape, (e == e).shape,
         e.clamp(0, 1).shape, (e * z(1, 3)).shape)
    line("create", torch.eye(0).shape, torch.arange(0).shape, torch.arange(3, 3).shape,
         torch.full([0, 2], 7).shape, torch.randn(0, 2).shape, torch.randint(0, 5, [0]).shape)
    f = param([[0.0] * 3] * 0).reshape(0, 3)
    line("gradients", grads(w[1:1].sum(), w), grads(torch.cat([w[0:0], w]).sum(), w),
         grads((z(0, 3) @ w).sum(), w), grads(w[0:0].prod(), w), grads(w.sum() * f.sum(), w), [0, 3])
    line("joined with nothing", grads((torch.cat([w * 2, w[0:0]]) ** 2).sum(), w),
         grads((torch.cat([w, w[3:], w[1:1] + 1]) ** 3).sum(), w), z(3))

    s = w.sum()
    line("scalars", s.shape, s.ndim, s + w, s.sum(), s.max(), s * s, s.unsqueeze(0).shape,
         s.reshape(1, 1).shape, torch.where(s > 1, s, 0.0), torch.stack([s, s]), s.mean(),
         s.expand(2, 1).shape)

    r = torch.arange(96).reshape(1, 2, 1, 3, 2, 1, 4, 2)
    back = r.permute(7, 6, 5, 4, 3, 2, 1, 0)
    line("rank 8", r.shape, r.sum(), r.sum([1, 3, 4, 6]), back.shape, r.squeeze().shape,
         r.flip([3, 7])[0, 1, 0, :, 1, 0, 3], (r + r[:, :, :, 0:1]).shape,
         torch.cat([r, r], 5).shape, r[0, :, 0].argmax(1)[0, 0, 0], r.transpose(1, 6).shape,
         (back[1, ::2] * 2).sum(), r.repeat(1, 1, 2, 1, 1, 1, 1, 1)[0].shape)


def dtypes(line):
    t = torch.tensor
    low, high = -2 ** 63, 2 ** 63 - 1
    u = t([0, 1, 7, 100, 200, 255], dtype=torch.uint8)
    b = t([0, 1, -7, 100, -100, -128], dtype=torch.int8)
    s = t([0, 1, -7, 300, -32768, 32767], dtype=torch.int16)
    i = t([0, 1, -7, 100000, -2 ** 31, 2 ** 31 - 1], dtype=torch.int32)
    l = t([0, 1, -7, 3, low, high])
    truth = t([True, False, True, True, False, False])
    d = t([0.0, 1.0, -7.5, 65504.0, 0.0001, 2049.0])
    f, h, g = d.float(), d.half(), d.bfloat16()
    names = {torch.bool: "bool", torch.uint8: "u8", torch.int8: "i8", torch.int16: "i16",
             torch.int32: "i32", torch.int64: "i64", torch.float16: "f16", torch.bfloat16: "bf16",
             torch.float32: "f32", torch.float64: "f64"}
    everything = [truth, u, b, s, i, l, h, g, f, d]
    torch.set_default_dtype(torch.float32)
    for a in everything:
        line("with tensors", [names[torch.result_type(a, x)] for x in everything])
        line("with scalars", [names[torch.result_type(a, x)]
                              for x in (u[0], l[0], h[0], g[0], d[0], 1, 0.5, True)])
        halves = a.dtype in (torch.float16, torch.bfloat16)
        line("of one", [names[x] for x in (
            a.sum().dtype, (a / 2).dtype, (a == a).dtype,
            a.dtype if halves else torch.exp(a).dtype, torch.int64,
            torch.result_type(a[0], h[0]), torch.cat([a, u]).dtype)])
    torch.set_default_dtype(torch.float64)

    floor = lambda x, y: torch.div(x, y, rounding_mode="floor")
    of8 = lambda x: t(x, dtype=torch.int8)
    line("wrap", u + u, u - 1, u * u, b + b, b * b, -b, b.abs(), s + s, i + i, i * i, l + l, l * 3,
         -l, -u)
    line("mixed", u + b, u - i, b * s, t(200, dtype=torch.uint8) + of8(-100), i + l, u == b, b < u,
         s >= i, truth == u)
    # torch leaves INT_MIN // -1 to the machine; here it wraps
    negated = [-x if x > -2 ** 31 else x for x in i.tolist()]
    negated64 = [-x if x > low else x for x in l.tolist()]
    line("floordiv", floor(b, of8(3)), floor(b, of8(-3)), negated, negated64, floor(s, 7),
         floor(s, -7), floor(u, 7), floor(i, 1000))
    line("mod", b % of8(3), b % of8(-3), [0] * 6, l % -7, s % 7, s % -7, u % 7, i % 1000)
    line("power", u ** 2, b ** 3, i ** 2, l ** 2, of8(-2) ** of8([0, 1, 7, 8]),
         t(3, dtype=torch.int32) ** t([0, 1, 20, 21]))
    line("sums", u.sum(), b.sum(), s.sum(), i.sum(), l.sum(), truth.sum(), b[1:4].prod(),
         l[1:4].prod(), (u > 5).sum(), u.reshape(2, 3).sum(0), truth.sum(0))
    line("extremes", u.max(), b.min(), l.max(), l.min(), b.argmax(), b.argmin(), truth.max(),
         truth.min(), t([3, 1, 3]).argmax(), t([1, 0, 0]).argmin(),
         torch.maximum(u, t(100, dtype=torch.uint8)), torch.minimum(s, i), b.clamp(-5, 5), b.sign(),
         s.abs())
    line("shares", truth.float().mean(), u.float().mean())

    x = t([0.0, -0.9, 2.5, -2.5, 100.7, -100.7])
    line("to integers", x.char(), x.short(), x.int(), x.long(), x.abs().byte(), x.bool(), h.int(),
         g.long(), x.long())
    line("from integers", b.float(), s.double(), b.half(), u.bfloat16(), s.half() == s, i.bool(),
         truth.byte(), i.char(), s.byte(), i.short(), l.int(), u.char(), b.byte())
    line("from floats", d.half(), d.bfloat16(), g.float(), g[0:3].half(), h.bfloat16(), h.double())

    def halves(name, p, q):
        """Operations of 16 bits; what torch has not on a CPU is rounded from f32."""
        dtype, x, y = p.dtype, p.float(), q.float()
        line(name, p + q, p - q, p * q, p / q, x.abs().sqrt().to(dtype), p * 2.1, p + 1,
             y.exp().to(dtype), floor(x, y).to(dtype), (x % y).to(dtype),
             *([x.floor()] if name == "f16" else []))

    p = t([0.1, 0.2, 0.3, 1.7, -3.14159, 1000.5]).half()
    q = t([3.0, -0.7, 0.0001, 0.3, 2.5, 1.25]).half()
    pb, qb = p.bfloat16(), q.bfloat16()
    halves("f16", p, q)
    halves("bf16", pb, qb)
    line("overflow", h[3] + h[3], -h[3] * 2, (h * 100).isinf(), int(t(65519.0).half()), inf,
         t(3e38).bfloat16() * 2)
    yes = [True] * 6
    line("compare halves", p < q, yes, pb >= qb, p >= q, True, 5, yes)
    one = t(1.0).half()
    line("totals", 4096.0, t(2051.0).half(), 60000.0, t(2050.0).half(),
         (t(300.0) * 300 * t(0.001).half()).half(), t(258.0).bfloat16())
    small = t(0.0004).half()
    line("in between", (p + q) - p, (pb * qb) / qb, one + small + small, one + (small + small))
    w = t([1.0, 2.0, 3.0]).half().requires_grad_()
    v = t([0.1, 0.2, 0.3]).bfloat16().requires_grad_()
    gw, gv = grads((w * v * v).sum(), w, v)
    line("gradients", names[gw.dtype], names[gv.dtype], gw, gv, w.float().exp().half())
    # as .half(), .double() and .bfloat16() make the layers; u8(300.0) stops at 255
    line("layers", "f16", "f16", "f64", [2, 4, 6, 6], "bf16", "f32")
    line("sequences", "f16", "f16", "f16", "f64", "bf16", [0, 0], "f64")
    line("literals", 10 ** 10 + 1, 2 ** 31 - 1, -3, True, 255)


def save_weights(name, modules):
    """A safetensors file of f32, by hand: a length, a header, the bytes."""
    header, data = {}, b""
    for prefix, module in modules.items():
        for key, tensor in module.named_parameters():
            bytes_ = tensor.detach().numpy().astype("<f4").tobytes()
            header[prefix + "." + key] = dict(dtype="F32", shape=list(tensor.shape),
                                              data_offsets=[len(data), len(data) + len(bytes_)])
            data += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def recurrent_modules():
    """PyTorch's own first values, rounded to what the file holds."""
    torch.manual_seed(0)
    batch = dict(batch_first=True)
    modules = dict(
        plain=torch.nn.RNNCell(3, 5),
        rectified=torch.nn.RNNCell(3, 5, bias=False, nonlinearity="relu"),
        long=torch.nn.LSTMCell(3, 5), gated=torch.nn.GRUCell(3, 5),
        net=torch.nn.RNN(3, 5, **batch),
        deep=torch.nn.RNN(3, 2, num_layers=3, nonlinearity="relu", bias=False, bidirectional=True,
                          **batch),
        net2=torch.nn.LSTM(3, 5, **batch),
        both_ways=torch.nn.LSTM(3, 2, num_layers=2, bidirectional=True, **batch),
        net3=torch.nn.GRU(3, 5, **batch),
        ways=torch.nn.GRU(3, 2, num_layers=2, bias=False, bidirectional=True, **batch))
    for module in modules.values():
        for parameter in module.parameters():
            parameter.data = parameter.data.float().double()
    save_weights("recurrent.safetensors", modules)
    return modules


def recurrent(line):
    """Samples are always first: of what PyTorch has as [layers, batch, hidden], batch is moved."""
    m = recurrent_modules()
    grad = torch.autograd.grad

    def swing(step, *sizes):
        count = math.prod(sizes)
        return torch.sin(torch.arange(count) * step).reshape(sizes)

    def first(h):
        return h.transpose(0, 1)

    x = swing(0.7, 2, 4, 3).requires_grad_()
    h0, c0 = swing(1.3, 2, 5), swing(0.9, 2, 5)
    line("rnn_cell", m["plain"](x[:, 0], h0), m["rectified"](x[:, 0], h0))
    h, c = m["long"](x[:, 0], (h0, c0))
    line("lstm_cell", h, c, grad(weighted(h) + weighted(c * c), m["long"].weight_hh))
    h = m["gated"](x[:, 0], h0)
    line("gru_cell", h, *grad(weighted(h), (m["gated"].weight_hh, m["gated"].bias_hh)))

    y, h = m["net"](x)
    line("rnn", y, first(h), *grad(weighted(y), (x, m["net"].weight_hh_l0)))
    y, h = m["deep"](x)
    line("rnn deep", y, first(h), grad(weighted(y), m["deep"].weight_ih_l1_reverse))

    y, (h, c) = m["net2"](x)
    line("lstm", y, first(h), first(c))
    w, b = m["net2"].weight_ih_l0, m["net2"].bias_hh_l0
    gx, gw, gb = grad(weighted(y) / 8, (x, w, b), create_graph=True)
    line("lstm gradients", gx, gw, gb)
    line("lstm second derivative", grad(weighted(gx), m["net2"].weight_hh_l0))
    h0, c0 = swing(0.3, 2, 4, 2).requires_grad_(), swing(0.5, 2, 4, 2).requires_grad_()
    y, (h, c) = m["both_ways"](x, (first(h0).contiguous(), first(c0).contiguous()))
    line("lstm deep", y, first(h), first(c) / 8)
    line("lstm deep gradients",
         grad(weighted(y) + weighted(first(c)), (h0, c0, m["both_ways"].weight_hh_l0_reverse)))

    y, h = m["net3"](x)
    line("gru", y, first(h), *grad(weighted(y), (x, m["net3"].weight_hh_l0)))
    y, h = m["ways"](x, first(h0).contiguous())
    line("gru deep", y, first(h), grad(weighted(y), h0))


PROGRAMS = dict(arithmetic=arithmetic, convolutions=convolutions, dtypes=dtypes, empty=empty,
                functions=functions, tensors=tensors, networks=networks, optimizers=optimizers,
                schedules=schedule_lines, initial=initial, descent=descent, normed=normed, steps=step_lines,
                average=average, gan=gan, second=second, recurrent=recurrent)


if __name__ == "__main__":
    for name, program in PROGRAMS.items():
        lines = Lines()
        program(lines)
        lines.write(name + ".expected")
