"""Makes the files beside this one, by NumPy and PyTorch: run by hand, in this folder.

    python3 reference.py

types.npz types.expected    arrays of each dtype, and what PyTorch prints of them
print.npz print.dsl print.expected    tensors of many layouts, printed in several styles
fortran.npy big.npy v2.npy deflated.npz complex.npy    what else NumPy writes
"""
import random

import numpy as np
import torch
import torch._tensor_str as tensor_str

DTYPES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "i8": torch.int8,
          "i16": torch.int16, "i32": torch.int32, "i64": torch.int64, "u8": torch.uint8,
          "bool": torch.bool}
SHAPES = [(1,), (3,), (7,), (20,), (50,), (2, 3), (5, 14), (1, 1), (3, 2, 2), (2, 2, 1, 3),
          (9, 4, 5), (2, 40)]
LARGE = [(1001,), (40, 30), (9, 9, 15), (2, 600)]
STYLES = [{}, {}, {"precision": 2}, {"precision": 8}, {"edgeitems": 2, "threshold": 50},
          {"linewidth": 40}]


def floats(count, kind):
    x = torch.randn(count, dtype=torch.float64)
    if kind == "whole":
        x = (x * random.choice([1, 10, 300])).round()
    elif kind == "large":
        x = x * 10 ** random.randint(3, 9)
    elif kind == "small":
        x = x * 10.0 ** -random.randint(3, 9)
    elif kind == "mixed":
        x = x * 10.0 ** torch.randint(-4, 5, (count,)).double()
    elif kind == "zero":
        x = x * 0
    elif kind == "quarters":
        x = (x * 4).round() / 4
    if random.random() < 0.2:
        for special in (float("inf"), -float("inf"), float("nan"), 0.0, -0.0):
            if random.random() < 0.5:
                x[random.randrange(count)] = special
    return x


def tensor(dtype, shape):
    count = int(np.prod(shape))
    if dtype.is_floating_point:
        kinds = ["normal", "whole", "large", "small", "mixed", "zero", "quarters"]
        return floats(count, random.choice(kinds)).to(dtype).reshape(shape)
    if dtype == torch.bool:
        return torch.rand(shape) > 0.5
    most = min(random.choice([1, 9, 100, 2**62]), torch.iinfo(dtype).max)
    return torch.randint(0 if dtype == torch.uint8 else -most, most + 1, shape).to(dtype)


def text(x, style):
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**style)
    return tensor_str._tensor_str(x, 0)


def prints():
    arrays, program, expected = {}, "", ""
    for i in range(150):
        name = "t%d" % i
        dtype = DTYPES[random.choice(list(DTYPES))]
        x = tensor(dtype, LARGE[i % 4] if i % 25 == 0 else random.choice(SHAPES))
        style = random.choice(STYLES)
        arrays[name] = x.numpy()
        settings = "".join(", %s = %s" % pair for pair in style.items())
        program += 'print load("print.npz", "%s")%s\n' % (name, settings)
        expected += text(x, style) + "\n"
    np.savez("print.npz", **arrays)
    open("print.dsl", "w").write("# Tensors of many layouts; made by reference.py.\n" + program)
    open("print.expected", "w").write(expected)


random.seed(1)
torch.manual_seed(1)
prints()
kinds = {name: tensor(dtype, (2, 3)) for name, dtype in DTYPES.items()}
np.savez("types.npz", **{name: x.numpy() for name, x in kinds.items()})
open("types.expected", "w").write("".join(text(x, {}) + "\n" for x in kinds.values()))
table = np.arange(6.0).reshape(2, 3)
np.save("fortran.npy", np.asfortranarray(table))
np.save("big.npy", np.arange(3, dtype=">i4"))
np.lib.format.write_array(open("v2.npy", "wb"), np.arange(4.0), version=(2, 0))
np.savez_compressed("deflated.npz", x=table, y=np.zeros((40, 40)))
np.save("complex.npy", np.zeros(2, complex))
