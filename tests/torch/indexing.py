"""indexing.py -- elements at places that integers give, and running sums and products."""
import torch

from harness import case, draw

B = "batch"


def running():
    rows = [("", lambda f, x, a: f(x, a)), (", reverse = true", lambda f, x, a: f(x.flip(a), a).flip(a)),
            (", exclusive = true", exclusive), (", exclusive = true, reverse = true", lambda f, x, a: exclusive(f, x.flip(a), a).flip(a))]
    for name, f in [("cumsum", torch.cumsum), ("cumprod", torch.cumprod)]:
        for shape, axis in [((7,), 0), ((3, 4), 1), ((3, 4), -2), ((B, 2, 3), 2), ((1,), 0)]:
            for tail, how in rows:
                for dtype in ["f32", "f64"]:
                    case("%s%s of %s%s" % (name, tail, dtype, list(shape)), "%s(x, %d%s)" % (name, axis, tail),
                         lambda x, f=f, a=axis, how=how: how(f, x, a), tolerance=2, x=draw(dtype, shape, 81))
        for dtype in ["u8", "i8", "i32", "i64", "bool"]:
            case(name + " of " + dtype, name + "(x, 1)", lambda x, f=f: f(x, 1), x=draw(dtype, (3, 4), 82))
        case(name + " of f16", name + "(x, 1)", lambda x, f=f: f(x, 1), second=False, x=draw("f16", (3, 4), 83))


def exclusive(f, x, axis):
    """Without the element itself: a 0, or a 1, before the others."""
    first = torch.full_like(x.narrow(axis, 0, 1), 0.0 if f is torch.cumsum else 1.0)
    return f(torch.cat([first, x.narrow(axis, 0, x.shape[axis] - 1)], axis), axis)


def indexing():
    i, k = draw("i64", (4,), 84, 0, 0.7), draw("i64", (2, 3), 85, 0, 0.7)  # below 3
    full = draw("i64", (3, 4), 86, 0, 0.7)
    rows = [
        ("take(x, i, 0)", lambda x, i: x[i], i), ("take(x, i, axis = 0)", lambda x, i: x[i], k), ("take(x, i)", torch.take, k),
        ("take(x, i, 1)", lambda x, i: x[:, i], i), ("index_select(x, 1, i)", lambda x, i: x.index_select(1, i), i),
        ("index_select(x, dim = 0, index = i)", lambda x, i: x.index_select(0, i), i), ("x[i]", lambda x, i: x[i], i), ("x[i]", lambda x, i: x[i], k),
        ("x[:, i]", lambda x, i: x[:, i], k), ("x[i, 1:3]", lambda x, i: x[i, 1:3], i), ("x[i, i]", lambda x, i: x[i, i], i),
        ("x[i - 3]", lambda x, i: x[i - 3], i), ("gather(x, 1, i)", lambda x, i: x.gather(1, i), full),
        ("gather(x, 0, i)", lambda x, i: x.gather(0, i), full), ("gather(x, 0, i)", lambda x, i: x.gather(0, i), k),
        ("take_along_axis(x, i, 0)", lambda x, i: torch.take_along_dim(x, i, 0), full),
        ("take_along_axis(x, i, 1)", lambda x, i: torch.take_along_dim(x, i, 1), full)]
    for text, f, index in rows:
        for dtype in ["f32", "f64", "f16", "bf16", "i32"]:
            case("%s of %s, %s" % (text, dtype, index.type()), text, f, second=dtype in ("f32", "f64"), x=draw(dtype, (3, 4), 87), i=index)
    for dtype in ["f32", "f64", "f16", "i64"]:
        how = dict(second=dtype in ("f32", "f64"))
        x, y = draw(dtype, (3, 4), 88), draw(dtype, (4, 4), 89)
        case("scatter_add along 1 of " + dtype, "scatter_add(x, 1, i, y)", lambda x, i, y: x.scatter_add(1, i, y), x=x, i=full, y=draw(dtype, (3, 4), 90), **how)
        case("scatter_add along 0 of " + dtype, "scatter_add(x, 0, i, y)", lambda x, i, y: x.scatter_add(0, i, y), x=x, i=full, y=draw(dtype, (3, 4), 91), **how)
        case("index_add of " + dtype, "index_add(x, 0, i, y)", lambda x, i, y: x.index_add(0, i, y), x=x, i=i, y=y, **how)
    case("rows of a table, of a batch", "t[i]", lambda t, i: t[i], t=draw("f32", (3, 2), 92), i=draw("i64", (B, 2), 93, 0, 0.7))


def add_all():
    running()
    indexing()
