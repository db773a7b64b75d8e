"""What the chapters of examples/tutorial should print, computed by PyTorch.

    python3 reference.py        writes NN.expected beside this file; 14.expected has a line of numbers

`show` lays items out as gradc's print does: PyTorch's text between the brackets, the rows of a tensor
below each other, single numbers with six digits.
"""
import math
import os
import sys

import torch
import torch.nn.functional as F
import torch._tensor_str as tensor_str

tensor = torch.tensor
out = None


def item_text(item, column):
    if isinstance(item, torch.Tensor) and item.dim() > 0:
        return tensor_str._tensor_str(item.detach(), column)
    if isinstance(item, torch.Tensor):
        item = item.item()
    if isinstance(item, torch.Size):
        return str(list(item))
    if isinstance(item, torch.dtype):
        return {torch.float32: "f32", torch.float64: "f64", torch.int16: "i16",
                torch.int64: "i64"}[item]
    return "%.6g" % item if isinstance(item, float) else str(item)


def show(*items, precision=None):
    torch.set_printoptions(profile="default")
    if precision is not None:
        torch.set_printoptions(precision=precision)
    line = ""
    for i, item in enumerate(items):
        line += " " if i > 0 else ""
        line += item_text(item, len(line) - (line.rfind("\n") + 1))
    out.write(line + "\n")


def chapter_01():
    row, matrix = tensor([1.0, 2.0, 3.0]), tensor([[1, 2, 3], [4, 5, 6]])
    show("row", row)
    show("matrix", matrix)
    show("zeros", torch.zeros(2, 3))
    show("ones", torch.ones(3))
    show("full", torch.full((2, 2), 7.5))
    show("like", torch.ones_like(matrix))
    show("arange", torch.arange(5))
    show("steps", torch.arange(0.0, 1.0, 0.25))
    show("linspace", torch.linspace(0, 1, 5))
    show("eye", torch.eye(3))
    show("one_hot", F.one_hot(tensor([2, 0, 1]), 3))
    show("shape", matrix.shape, "axes", matrix.dim(), "elements", matrix.numel())
    show("within four deviations of 0:", True)


def chapter_02():
    whole, fraction = tensor([1, 2, 3]), tensor([0.5, 1.5, 2.5])
    show(whole.dtype, fraction.dtype)
    show(whole.double())
    show(tensor([2.9, -2.9]).int())
    show(tensor([0, 1, -2]).bool())
    show(tensor([250, 3], dtype=torch.uint8))
    show((whole.int() + whole).dtype)
    show((fraction + whole).dtype)
    show((whole / 2).dtype)
    show((fraction + fraction.double()).dtype)
    show((whole.to(torch.uint8) + whole.to(torch.int8)).dtype)
    show(tensor([200], dtype=torch.uint8) + tensor([100], dtype=torch.uint8))
    third = 1 / tensor([3.0])
    show(third, precision=9)
    show(tensor([1.0], dtype=torch.float64) / 3, precision=17)
    show(third.half(), third.bfloat16(), precision=9)
    show(2, 3, 6)


def chapter_03():
    celsius = tensor([[12.5, 14.0, 9.5], [21.0, 19.5, 22.5]])
    show("celsius", celsius.dtype, celsius.shape)
    show(celsius)
    show(2, "days of", 3, "measurements")
    show("fahrenheit")
    show(celsius * 9 / 5 + 32)


def chapter_04():
    a, b = tensor([1.0, 2.0, 3.0]), tensor([4.0, 5.0, 6.0])
    for value in (a + b, a - b, a * b, a / b, a**2, -a):
        show(value, value)
    x = tensor([7, -7])
    show(x / 2)
    show(torch.div(x, 2, rounding_mode="floor"))
    show(torch.remainder(x, 3))
    show(a.sqrt(), a.exp(), a.log())
    show(tensor([0.5, 1.5, -2.4]).round(), tensor([-0.5]).floor(), tensor([-3.0]).abs())
    column = tensor([[10.0], [20.0]])
    show(column + a)
    show(a > 1.5, torch.where(a > 1.5, a, torch.zeros(3)))
    before = a
    a = (a + 1) * 10
    show(a, before)
    show(b.sum(), b.mean(), b.max(), b.prod(), b.argmax())
    show((column + a).sum(dim=0), (column + a).sum(dim=1))


def chapter_05():
    u, v = tensor([1.0, 2.0, 3.0]), tensor([4.0, 5.0, 6.0])
    show(torch.dot(u, v), u @ v, (u * v).sum())
    a = tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    b = tensor([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]])
    show(a @ b)
    show(b @ a)
    show(torch.matmul(b, a))
    show(b @ u)
    show(u @ a)
    x = tensor([[1.0, 2.0, 3.0], [0.0, -1.0, 1.0]])
    w = tensor([[0.5, 0.0, 0.5], [1.0, 1.0, 1.0]])
    show(F.linear(x, w, tensor([0.5, -0.5])))
    show(torch.outer(u, v))
    pile = torch.arange(12.0).reshape(2, 2, 3)
    show((pile @ a).shape)
    show(pile @ a)


def chapter_06():
    x = torch.arange(12).reshape(3, 4)
    show(x)
    show(x[0], x[-1])
    show(x[1, 2], x[-1, -1])
    show(x[:, 1])
    show(x[0:2])
    show(x[1:, ::2])
    show(torch.flip(x, [1]))
    cube = torch.arange(24).reshape(2, 3, 4)
    show(cube[..., 0])
    show(cube[1, ..., 3])
    show(x[[2, 0, 0]])
    show(x[:, [3, 1]])
    show(x[[0, 1, 2], [1, 2, 3]])
    y = x.clone()
    y[y % 2 != 0] = -1
    show(y)


def chapter_07():
    x = torch.arange(12)
    show(x.reshape(3, 4))
    show(x.reshape(2, -1))
    show(x.reshape(2, 3, 2).shape)
    m = x.reshape(3, 4)
    show(m.flatten())
    show(m.T)
    cube = x.reshape(2, 3, 2)
    show(cube.transpose(0, 2).shape)
    show(cube.permute(2, 0, 1).shape)
    row = tensor([1, 2, 3])
    show(row.unsqueeze(0).shape, row.unsqueeze(1).shape)
    show(row.unsqueeze(1) * row)
    show(torch.zeros(1, 3, 1).squeeze().shape)
    show(row.unsqueeze(0).expand(2, 3))
    show(row.repeat(2))


def chapter_08():
    a, b = tensor([[1, 2], [3, 4]]), tensor([[5, 6], [7, 8]])
    show(torch.cat([a, b], dim=0))
    show(torch.cat([a, b], dim=1))
    show(torch.stack([a, b]))
    show(torch.stack([a, b], dim=2).shape)
    show(torch.hstack([a, b]))
    show(torch.vstack([a, b]))
    show(*torch.split(torch.hstack([a, b]), 2, dim=1))
    show(F.pad(tensor([1, 2, 3]), (1, 2)))
    p, q = tensor([1.0, 2.0], requires_grad=True), tensor([3.0], requires_grad=True)
    (tensor([1.0, 10.0, 100.0]) * torch.cat([p, q])).sum().backward()
    show(p.grad, q.grad)


def chapter_09():
    x = tensor(1.5, dtype=torch.float64, requires_grad=True)
    u = x**2
    v = torch.sin(u)
    y = v * x
    show("y", y)
    by_hand = math.cos(1.5**2) * 2 * 1.5 * 1.5 + math.sin(1.5**2)
    show("by hand", by_hand)
    first, dv, du = torch.autograd.grad(y, [x, v, u], create_graph=True)
    show("by grad", first)
    show("dy/dv", dv, "dy/du", du)
    show("second", torch.autograd.grad(first, x)[0])
    show("by hand", 6 * 1.5 * math.cos(2.25) - 4 * 1.5**3 * math.sin(2.25))
    show("differences", by_hand)


def chapter_10():
    w, b = tensor(1.0, requires_grad=True), tensor(3.0, requires_grad=True)
    loss = (w * 5 + b - 0) ** 2
    show("prediction", w * 5 + b, "loss", loss)
    loss.backward()
    show("gradients", w.grad, b.grad)
    w2, b2 = w - 0.01 * w.grad, b - 0.01 * b.grad
    show("after a step", w2, b2, (w2 * 5 + b2) ** 2)


def chapter_11():
    x = tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = tensor([[1.0], [0.0], [2.0]])
    w = tensor([[0.5], [-0.5]], requires_grad=True)
    b = tensor([0.1], requires_grad=True)
    error = x @ w + b - y
    loss = (error**2).mean()
    show("loss", loss)
    gw, gb, gx = torch.autograd.grad(loss, [w, b, x], retain_graph=True)
    show("dloss/dw", gw)
    show("dloss/db", gb)
    show("by hand ", gw)
    show("by hand ", gb)
    error.backward(gradient=tensor([[1.0], [0.0], [0.0]]))
    show("of the first sample", w.grad)
    show("dloss/dx", gx)


def chapter_12():
    w = tensor(2.0, requires_grad=True)
    ((w * 3) ** 2).backward()
    first = w.grad.clone()
    (w**3).backward()
    show("first", first, "second", w.grad - first)
    show("added", w.grad)
    show("of the sum", torch.autograd.grad((w * 3) ** 2 + w**3, w)[0])
    show("two uses", torch.autograd.grad(3 * w + w * w, w)[0])
    x, target = tensor([1.0, 2.0, 3.0, 4.0]), tensor([2.0, 1.0, 0.0, 3.0])
    w.grad = None
    for part in (slice(0, 2), slice(2, 4)):
        (((w * x[part] - target[part]) ** 2).mean() / 2).backward()
    show("in parts", w.grad, "at once",
         torch.autograd.grad(((w * x - target) ** 2).mean(), w)[0])


def chapter_13():
    w = tensor(3.0, requires_grad=True)
    show("y = w * w           ", torch.autograd.grad(w * w, w)[0])
    show("y = detach(w) * w   ", torch.autograd.grad(w.detach() * w, w)[0])
    show("y = detach(w * w)   ", 0)
    q = tensor([1.0, 2.0], requires_grad=True)
    wanted = 0.5 + 0.9 * q.max()
    loss = (q[0] - wanted.detach()) ** 2
    show("target", wanted, "loss", loss)
    show("gradient", torch.autograd.grad(loss, q)[0])
    show("without ", torch.autograd.grad((q[0] - wanted) ** 2, q)[0])
    show("rounded", (q * 1.3).round(), "gradient", tensor([1.3, 1.3]))


def chapter_14():
    """Where training ends, which does not depend on where it starts: the loss of the last epoch,
    and of the test."""
    x = torch.linspace(-2.0, 2.0, 64).unsqueeze(1)
    y = 2 * x - 1 + 0.1 * torch.sin(40 * x)
    test = torch.linspace(-1.9, 1.9, 20).unsqueeze(1)
    w, b = tensor([[0.25]], requires_grad=True), tensor([0.5], requires_grad=True)
    for epoch in range(1, 41):
        total = 0.0
        for at in range(0, 64, 16):
            loss = ((x[at:at + 16] @ w.T + b - y[at:at + 16]) ** 2).mean()
            gw, gb = torch.autograd.grad(loss, [w, b])
            with torch.no_grad():
                w -= 0.05 * gw
                b -= 0.05 * gb
            total += loss.item() / 4
    show("train", total)
    show("test", ((test @ w.T + b - (2 * test - 1)) ** 2).mean())


os.chdir(os.path.dirname(os.path.abspath(sys.argv[0])))
for number in range(1, 15):
    with open("%02d.expected" % number, "w") as out:
        globals()["chapter_%02d" % number]()
