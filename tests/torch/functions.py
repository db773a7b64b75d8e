"""functions.py -- the built-in functions: over dtypes, shapes (1, primes, broadcast, a short batch), axes and options.

Sizes are 1, 2, 3, 4 and 7: 5 is the batch's."""
import torch
import torch.nn.functional as F

from harness import DTYPES, case, draw

FLOATS = ["f32", "f64"]
HALVES = ["f16", "bf16"]
INTEGERS = ["u8", "i8", "i16", "i32", "i64"]
SHAPES = [(), (1,), (7,), (3, 4), ("batch", 2), (2, 1, 3), ("batch", 1, 3)]
B = "batch"


def unary():
    rows = [  # name, text, torch, low, high
        ("exp", torch.exp, -2, 2), ("expm1", torch.expm1, -2, 2), ("log", torch.log, 0.2, 4),
        ("log1p", torch.log1p, -0.8, 4), ("sqrt", torch.sqrt, 0.2, 4), ("rsqrt", torch.rsqrt, 0.2, 4),
        ("sin", torch.sin, -4, 4), ("cos", torch.cos, -4, 4), ("tanh", torch.tanh, -2, 2),
        ("sigmoid", torch.sigmoid, -4, 4), ("erf", torch.erf, -2, 2), ("abs", torch.abs, -2, 2),
        ("sign", torch.sign, -2, 2), ("floor", torch.floor, -4, 4), ("ceil", torch.ceil, -4, 4),
        ("round", torch.round, -4, 4), ("neg", torch.neg, -2, 2)]
    seed = 0
    for name, f, low, high in rows:
        for dtype in FLOATS + HALVES:
            for shape in SHAPES if dtype in FLOATS else [(3, 4)]:
                seed += 1
                case("%s of %s%s" % (name, dtype, list(shape)), name + "(x)", lambda x, f=f: f(x),
                     second=dtype in FLOATS, x=draw(dtype, shape, seed, low, high))
    for dtype in INTEGERS:
        for name, f in [("abs", torch.abs), ("neg", torch.neg), ("sign", torch.sign)]:
            case(name + " of " + dtype, name + "(x)", lambda x, f=f: f(x), x=draw(dtype, (3, 4), 9))
        for name, f in [("exp", torch.exp), ("tanh", torch.tanh), ("sqrt", torch.sqrt)]:
            case(name + " of " + dtype, name + "(x)", lambda x, f=f: f(x), grads=False,
                 x=draw("u8" if name == "sqrt" else dtype, (3, 4), 9))
    for dtype in FLOATS:
        case("isnan of " + dtype, "isnan(log(x))", lambda x: torch.isnan(torch.log(x)), x=draw(dtype, (3, 4), 1))


PAIRS = [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((B, 3), (3,)), ((B, 1), (B, 2)), ((), (2, 3)),
         ((1,), (7,)), ((2, 1, 3), (4, 1)), ((B, 2), ())]


def binary():
    safe = lambda y: y.abs() + 1
    rows = [
        ("x + y", lambda x, y: x + y), ("add(x, y)", lambda x, y: x + y),
        ("x - y", lambda x, y: x - y), ("sub(x, y)", lambda x, y: x - y),
        ("x * y", lambda x, y: x * y), ("mul(x, y)", lambda x, y: x * y),
        ("x / (abs(y) + 1)", lambda x, y: x / safe(y)), ("div(x, abs(y) + 1)", lambda x, y: x / safe(y)),
        ("minimum(x, y)", torch.minimum), ("maximum(x, y)", torch.maximum),
        ("x // (abs(y) + 1)", lambda x, y: torch.div(x, safe(y), rounding_mode="floor")),
        ("floordiv(x, abs(y) + 1)", lambda x, y: torch.div(x, safe(y), rounding_mode="floor")),
        ("x % (abs(y) + 1)", lambda x, y: x % safe(y)), ("mod(x, abs(y) + 1)", lambda x, y: x % safe(y)),
        ("(abs(x) + 0.5) ** y", lambda x, y: (x.abs() + 0.5) ** y),
        ("pow(abs(x) + 0.5, y)", lambda x, y: (x.abs() + 0.5) ** y),
        ("where(x > y, x, 2 * y)", lambda x, y: torch.where(x > y, x, 2 * y)),
        ("x == y", lambda x, y: x == y), ("x != y", lambda x, y: x != y), ("x < y", lambda x, y: x < y),
        ("x <= y", lambda x, y: x <= y), ("x > y", lambda x, y: x > y), ("x >= y", lambda x, y: x >= y)]
    seed = 1000
    for text, f in rows:
        for a, b in PAIRS:
            for dtype in FLOATS + (HALVES + ["i32"] if (a, b) == PAIRS[1] else []):
                seed += 1
                if dtype == "i32" and "0.5" in text:
                    continue
                case("%s of %s, %s%s" % (text, dtype, list(a), list(b)), text, f, second=dtype in FLOATS,
                     x=draw(dtype, a, seed), y=draw(dtype, b, seed + 7))
    every = ["bool"] + INTEGERS + HALVES + FLOATS
    for a in every:
        for b in every:
            if "bool" in (a, b) and a == b:
                continue
            case("%s + %s" % (a, b), "x + y", lambda x, y: x + y, grads=False, wide=False, x=draw(a, (3, 4), 1),
                 y=draw(b, (3, 4), 2))
            case("%s < %s" % (a, b), "x < y", lambda x, y: x < y, x=draw(a, (3, 4), 3), y=draw(b, (3, 4), 4))
    for text, f in [("clamp(x, -0.75, 1.25)", lambda x: x.clamp(-0.75, 1.25)), ("clamp(x, min = 0.3)", lambda x: x.clamp(min=0.3)),
                    ("clamp(x, max = 0.3)", lambda x: x.clamp(max=0.3)), ("x ** 2", lambda x: x ** 2),
                    ("x ** 3", lambda x: x ** 3), ("2 ** x", lambda x: 2 ** x), ("1 / x", lambda x: 1 / x),
                    ("x + 1", lambda x: x + 1), ("2 - x * 0.5", lambda x: 2 - x * 0.5)]:
        for dtype in FLOATS + HALVES:
            case(text + " of " + dtype, text, f, second=dtype in FLOATS, x=draw(dtype, (3, 4), 5))
    case("logic", "(x and y) or not x", lambda x, y: (x & y) | ~x, x=draw("bool", (3, 4), 1), y=draw("bool", (4,), 2))
    case("dot", "dot(x, y)", torch.dot, x=draw("f32", (7,), 1), y=draw("f32", (7,), 2))
    case("outer", "outer(x, y)", torch.outer, x=draw("f32", (7,), 1), y=draw("f32", (3,), 2))
    case("detach", "x * detach(x)", lambda x: x * x.detach(), second=False, x=draw("f32", (7,), 1))
    case("contiguous", "contiguous(transpose(x)) * 2", lambda x: x.T.contiguous() * 2, x=draw("f32", (3, 4), 1))


def casts():
    every = ["bool"] + INTEGERS + HALVES + FLOATS
    for a in every:
        for b in every:
            if a[0] in "fb" and a != "bool" and b == "u8":
                continue  # of negative floats: 0 here, whatever the machine does in torch
            case("%s of %s" % (b, a), b + "(x)", lambda x, b=b: x.to(DTYPES[b]), grads=False,
                 wide=False, x=draw(a, (3, 4), 11))
    for a, b in [("f32", "f64"), ("f64", "f32")]:
        case("gradient of %s of %s" % (b, a), b + "(x) ** 2", lambda x, b=b: x.to(DTYPES[b]) ** 2,
             wide=False, tolerance=4, x=draw(a, (3, 4), 12))


REDUCED = [((7,), [None, 0, -1]), ((1,), [None, 0]), ((3, 4), [None, 0, 1, -1, (0, 1)]),
           ((B, 2), [None, 0, 1, -2]), ((2, 1, 3), [None, 0, 1, -1, (0, 2), (1, 2)]), ((B, 2, 3), [(0, 2), (1, 2), -1])]


def axis_text(axis, word="axis"):
    return "" if axis is None else ", %s = %s" % (word, list(axis) if isinstance(axis, tuple) else axis)


def reductions():
    rows = [("sum", torch.sum), ("mean", torch.mean), ("max", torch.amax), ("min", torch.amin),
            ("logsumexp", torch.logsumexp), ("norm", torch.linalg.vector_norm)]
    seed = 3000
    for name, f in rows:
        for shape, choices in REDUCED:
            for axis in choices:
                for keep in [False, True]:
                    seed += 1
                    dims = tuple(range(len(shape))) if axis is None else axis
                    how = lambda x, f=f, dims=dims, keep=keep: f(x, dim=dims, keepdim=keep)
                    text = "%s(x%s%s)" % (name, axis_text(axis, "dim" if seed % 2 else "axis"), ", keepdims = true" if keep else "")
                    for dtype in FLOATS if keep else ["f32"]:
                        case("%s of %s%s" % (text, dtype, list(shape)), text, how, x=draw(dtype, shape, seed))
    for name, f in rows[:4]:
        for dtype in HALVES:
            case("%s of %s" % (name, dtype), name + "(x, axis = 1)", lambda x, f=f: f(x, dim=1), second=False,
                 x=draw(dtype, (3, 4), 8))
    for shape, choices in REDUCED:
        for axis in choices:
            x = draw("f32", shape, seed + 1)
            if isinstance(axis, tuple):
                continue
            for correction in [0, 1]:
                size = x.value.numel() if axis is None else x.value.shape[axis]
                if size == 1 and correction:
                    continue
                for name in ["var", "std"]:
                    if name == "std" and size == 1:
                        continue  # the slope of the root at 0
                    f = getattr(torch, name)
                    how = lambda x, f=f, a=axis, c=correction: f(x, unbiased=c > 0) if a is None else f(x, a, unbiased=c > 0)
                    text = "%s(x%s, correction = %d)" % (name, axis_text(axis), correction)
                    case(text + " of " + str(list(shape)), text, how, tolerance=4, x=x)
            if axis is None:
                case("prod of " + str(list(shape)), "prod(x)", torch.prod, x=draw("f32", shape[-1:], seed))
                continue
            case("prod(x, %d) of %s" % (axis, list(shape)), "prod(x, %d)" % axis, lambda x, a=axis: x.prod(a), x=x)
            for name in ["argmax", "argmin"]:
                case("%s(x, %d) of %s" % (name, axis, list(shape)), "%s(x, %d)" % (name, axis),
                     lambda x, a=axis, f=getattr(torch, name): f(x, a), x=x)
    for dtype in INTEGERS + ["bool"]:
        for name in ["sum", "prod"]:
            case(name + " of " + dtype, name + "(x, 1)", lambda x, f=getattr(torch, name): f(x, 1), x=draw(dtype, (3, 4), 4))
        if dtype != "bool":
            for name, f in [("max", torch.amax), ("min", torch.amin)]:
                case(name + " of " + dtype, name + "(x, 0)", lambda x, f=f: f(x, 0), x=draw(dtype, (3, 4), 4))
            case("argmax of " + dtype, "argmax(x, 0)", lambda x: torch.tensor(x.numpy().argmax(0)), x=draw(dtype, (3, 4), 4))
    for name in ["any", "all"]:
        case(name, name + "(x, 1, keepdims = true)", lambda x, f=getattr(torch, name): f(x, 1, keepdim=True), x=draw("bool", (3, 4), 4))
        case(name + " of all", name + "(x)", lambda x, f=getattr(torch, name): f(x), x=draw("bool", (3, 4), 4))


def views():
    rows = [
        ("transpose(x)", lambda x: x.T, (3, 4)), ("transpose(x, 0, -1)", lambda x: x.transpose(0, -1), (2, 3, 4)),
        ("permute(x, 2, 0, 1)", lambda x: x.permute(2, 0, 1), (2, 3, 4)),
        ("permute(x, 0, 2, 1)", lambda x: x.permute(0, 2, 1), (B, 2, 3)),
        ("permute(x, -1, 0, -2)", lambda x: x.permute(-1, 0, -2), (2, 3, 4)),
        ("reshape(x, 2, 6)", lambda x: x.reshape(2, 6), (3, 4)), ("reshape(x, -1, 2)", lambda x: x.reshape(-1, 2), (3, 4)),
        ("view(x, 4, 3)", lambda x: x.view(4, 3), (3, 4)), ("reshape(x, -1, 6)", lambda x: x.reshape(-1, 6), (B, 2, 3)),
        ("flatten(x, 0)", lambda x: x.flatten(0), (2, 3, 4)), ("flatten(x, 1)", lambda x: x.flatten(1), (B, 2, 3)),
        ("flatten(x, 0, 1)", lambda x: x.flatten(0, 1), (2, 3, 4)),
        ("squeeze(x)", lambda x: x.squeeze(), (2, 1, 3)), ("squeeze(x, 1)", lambda x: x.squeeze(1), (B, 1, 3)),
        ("unsqueeze(x, -1)", lambda x: x.unsqueeze(-1), (3, 4)), ("unsqueeze(x, 0)", lambda x: x.unsqueeze(0), (7,)),
        ("expand(x, 3, 4)", lambda x: x.expand(3, 4), (3, 1)), ("expand(x, 2, -1, 4)", lambda x: x.expand(2, -1, 4), (3, 1)),
        ("flip(x, 0)", lambda x: x.flip(0), (7,)), ("flip(x, [0, 1])", lambda x: x.flip([0, 1]), (3, 4)),
        ("concat([x, x * 2], axis = 1)", lambda x: torch.cat([x, x * 2], 1), (B, 3)),
        ("cat([x, x[0:1], x], dim = 0)", lambda x: torch.cat([x, x[0:1], x], 0), (3, 4)),
        ("stack([x, -x], axis = 1)", lambda x: torch.stack([x, -x], 1), (B, 3)), ("stack([x, x], axis = -1)", lambda x: torch.stack([x, x], -1), (3, 4)),
        ("hstack([x, x])", lambda x: torch.hstack([x, x]), (7,)), ("hstack([x, x])", lambda x: torch.hstack([x, x]), (3, 4)),
        ("vstack([x, x])", lambda x: torch.vstack([x, x]), (7,)), ("vstack([x, x])", lambda x: torch.vstack([x, x]), (3, 4)),
        ("split(x, 2, 1)[1]", lambda x: torch.split(x, 2, 1)[1], (3, 4)), ("split(x, [1, 3], -1)[1]", lambda x: torch.split(x, [1, 3], -1)[1], (3, 4)),
        ("repeat(x, 2, 3)", lambda x: x.repeat(2, 3), (3, 4)), ("repeat(x, 2, 1, 1)", lambda x: x.repeat(2, 1, 1), (3, 4)),
        ("pad(x, [1, 2])", lambda x: F.pad(x, [1, 2]), (3, 4)), ("pad(x, [0, 1, 2, 0], value = 1.5)", lambda x: F.pad(x, [0, 1, 2, 0], value=1.5), (3, 4)),
        ("x[0]", lambda x: x[0], (3, 4)), ("x[-1, 1]", lambda x: x[-1, 1], (3, 4)), ("x[:, 1:3]", lambda x: x[:, 1:3], (B, 4)),
        ("x[1:, ::2]", lambda x: x[1:, ::2], (3, 4)), ("x[::-1, 2]", lambda x: x.flip(0)[:, 2], (3, 4)),
        ("x[.., 3:0:-2]", lambda x: x[..., [3, 1]], (2, 3, 4)),
        ("windows(x, -1, 3, step = 2)", lambda x: x.unfold(-1, 3, 2), (B, 2, 7)),
        ("windows(x, 0, 2)", lambda x: x.unfold(0, 2, 1), (7,))]
    for i, (text, f, shape) in enumerate(rows):
        for dtype in FLOATS + HALVES + ["i32", "bool", "u8"]:
            if dtype in ("bool", "u8") and "-x" in text or dtype == "bool" and ("* 2" in text or "1.5" in text):
                continue
            if dtype not in FLOATS and "1.5" in text and dtype not in HALVES:
                continue
            case("%s of %s%s" % (text, dtype, list(shape)), text, f, second=dtype in FLOATS, x=draw(dtype, shape, 4000 + i))
    case("pick", "pick(x, i)", lambda x, i: x.gather(1, i.long()[:, None])[:, 0], x=draw("f32", (B, 4), 1), i=draw("i64", (B,), 2, 0, 0.9))
    case("pick along 0", "pick(x, i, 0)", lambda x, i: x.gather(0, i.long()[None])[0], x=draw("f64", (3, 4), 1), i=draw("i32", (4,), 2, 0, 0.7))
    case("one_hot", "one_hot(i, 4)", lambda i: F.one_hot(i, 4), i=draw("i64", (B,), 2, 0, 0.9))


def products():
    for a, b in [((3, 4), (4, 2)), ((B, 3), (3, 7)), ((7,), (7, 2)), ((3, 7), (7,)), ((7,), (7,)), ((B, 2, 3), (3, 4)),
                 ((B, 2, 3), (B, 3, 4)), ((2, 1, 3), (3, 7)), ((1, 4), (4, 1)), ((2, 3, 4), (2, 4, 3)), ((B, 1), (1, 1))]:
        for dtype in FLOATS + HALVES + ["i32", "i64"]:
            for text in ["x @ y", "matmul(x, y)"]:
                case("%s of %s, %s%s" % (text, dtype, list(a), list(b)), text, torch.matmul, second=dtype in FLOATS,
                     x=draw(dtype, a, 5000), y=draw(dtype, b, 5001))
    case("gram", "transpose(x) @ x", lambda x: x.T @ x, x=draw("f32", (B, 3), 1))


def created():
    rows = [("zeros(2, 3) + x", lambda x: torch.zeros(2, 3) + x), ("ones(2, 3) * x", lambda x: torch.ones(2, 3) * x),
            ("full([2, 3], 0.75) * x", lambda x: torch.full([2, 3], 0.75) * x), ("zeros_like(x)", torch.zeros_like),
            ("ones_like(x)", torch.ones_like), ("full_like(x, 2.5)", lambda x: torch.full_like(x, 2.5)),
            ("arange(3) * x", lambda x: torch.arange(3) * x), ("arange(0.0, 1.0, 0.4) * x", lambda x: torch.arange(0.0, 1.0, 0.4) * x),
            ("arange(7, 1, -2) + x", lambda x: torch.arange(7, 1, -2) + x),
            ("linspace(-1, 2, 3) * x", lambda x: torch.linspace(-1, 2, 3) * x),
            ("eye(2, 3, dtype = f32) + x", lambda x: torch.eye(2, 3) + x)]
    for text, f in rows:
        case(text, text, f, wide=False, x=draw("f32", (3,), 1))
    for text, dtype, value in [("arange(4)", "i64", torch.arange(4)), ("full([2], 7)", "i64", torch.full([2], 7)),
                               ("full([2], true)", "bool", torch.full([2], True)), ("zeros(2, dtype = i32)", "i32", torch.zeros(2, dtype=torch.int32)),
                               ("arange(2, 8, 3, dtype = i16)", "i16", torch.arange(2, 8, 3, dtype=torch.int16))]:
        case(text, text, lambda x, value=value: value, grads=False, x=draw("f32", (3,), 1))


def add_all():
    for table in [unary, binary, casts, reductions, views, products, created]:
        table()
