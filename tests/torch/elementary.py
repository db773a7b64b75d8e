"""elementary.py -- functions written in terms of others, einsum, diagonals, and other names for known views."""
import torch

from harness import case, draw

B = "batch"


def elementwise():
    rows = [("exp2", torch.exp2, -2, 2), ("log2", torch.log2, 0.2, 4), ("log10", torch.log10, 0.2, 4), ("sinh", torch.sinh, -2, 2),
            ("cosh", torch.cosh, -2, 2), ("tan", torch.tan, -1.2, 1.2), ("atan", torch.atan, -3, 3), ("asin", torch.asin, -0.9, 0.9),
            ("acos", torch.acos, -0.9, 0.9), ("square", torch.square, -2, 2), ("reciprocal", torch.reciprocal, 0.3, 2),
            ("trunc", torch.trunc, -4, 4), ("frac", torch.frac, -4, 4)]
    for name, f, low, high in rows:
        for shape in [(), (7,), (B, 3)]:
            for dtype in ["f32", "f64"]:
                case("%s of %s%s" % (name, dtype, list(shape)), name + "(x)", lambda x, f=f: f(x), tolerance=2, x=draw(dtype, shape, 101, low, high))
    for text, f in [("atan2(x, y)", torch.atan2), ("remainder(x, y)", torch.remainder), ("fmod(x, y)", torch.fmod)]:
        for dtype in ["f32", "f64"]:
            for a, b in [((3, 4), (4,)), ((B, 1), (B, 2))]:
                case("%s of %s%s" % (text, dtype, list(a)), text, f, second="atan2" in text, x=draw(dtype, a, 102), y=draw(dtype, b, 103))
    for text, f in [("eq(x, y)", torch.eq), ("ne(x, y)", torch.ne), ("lt(x, y)", torch.lt), ("le(x, y)", torch.le), ("gt(x, y)", torch.gt),
                    ("ge(x, y)", torch.ge), ("logical_and(x, y)", torch.logical_and), ("logical_or(x, y)", torch.logical_or),
                    ("logical_xor(x, y)", torch.logical_xor), ("isclose(x, y)", torch.isclose), ("isclose(x, x)", lambda x, y: torch.isclose(x, x)),
                    ("allclose(x, x)", lambda x, y: torch.tensor(torch.allclose(x, x))), ("allclose(x, y)", lambda x, y: torch.tensor(torch.allclose(x, y))),
                    ("logical_not(x)", lambda x, y: torch.logical_not(x)), ("isinf(x / 0)", lambda x, y: torch.isinf(x / 0)),
                    ("isfinite(log(x))", lambda x, y: torch.isfinite(torch.log(x)))]:
        case(text, text, f, x=draw("f32", (3, 4), 104), y=draw("f32", (3, 4), 105))


def views():
    rows = [("swapaxes(x, 0, -1)", lambda x: x.swapaxes(0, -1), (2, 3, 4)), ("movedim(x, 0, -1)", lambda x: x.movedim(0, -1), (2, 3, 4)),
            ("movedim(x, [0, 1], [1, 2])", lambda x: x.movedim((0, 1), (1, 2)), (2, 3, 4)), ("broadcast_to(x, 2, 3, 4)", lambda x: x.broadcast_to(2, 3, 4), (3, 1)),
            ("dstack([x, x])", lambda x: torch.dstack([x, x]), (3, 4)), ("dstack([x, x])", lambda x: torch.dstack([x, x]), (7,)),
            ("chunk(x, 3, 1)[1]", lambda x: torch.chunk(x, 3, 1)[1], (3, 7)), ("chunk(x, 2)[0]", lambda x: torch.chunk(x, 2)[0], (3, 4)),
            ("unbind(x, 1)[2]", lambda x: torch.unbind(x, 1)[2], (3, 4)), ("diag(x)", torch.diag, (7,)), ("diag(x, 1)", lambda x: torch.diag(x, 1), (3,)),
            ("diag(x)", torch.diag, (3, 4)), ("diag(x, -1)", lambda x: torch.diag(x, -1), (3, 4)), ("diagonal(x)", torch.diagonal, (3, 4, 2)),
            ("diagonal(x, 1, 1, 2)", lambda x: torch.diagonal(x, 1, 1, 2), (2, 3, 4)), ("tile(x, 2)", lambda x: torch.tile(x, (2,)), (3, 4)),
            ("tile(x, 2, 3)", lambda x: torch.tile(x, (2, 3)), (3, 4)), ("trace(x)", torch.trace, (3, 3)), ("tril(x)", torch.tril, (3, 4)),
            ("tril(x, -1)", lambda x: torch.tril(x, -1), (2, 3, 4)), ("triu(x, 1)", lambda x: torch.triu(x, 1), (3, 4))]
    for text, f, shape in rows:
        for dtype in ["f32", "f64", "f16", "i32"]:
            case("%s of %s%s" % (text, dtype, list(shape)), text, f, second=dtype in ("f32", "f64"), x=draw(dtype, shape, 106))


def einsums():
    for equation, a, b in [("ij,jk->ik", (3, 4), (4, 2)), ("bij,bjk->bik", (B, 2, 3), (B, 3, 4)), ("bi,bj->ij", (B, 3), (B, 4)), ("i,j->ij", (3,), (7,)),
                           ("i,i->", (7,), (7,)), ("...ij,jk->...ik", (2, 3, 4), (4, 2)), ("ij,jk", (3, 4), (4, 2)), ("ij,ij->j", (3, 4), (3, 4)),
                           ("ii,ij->j", (3, 3), (3, 4))]:
        for dtype in ["f32", "f64"]:
            case("einsum %s of %s" % (equation, dtype), "einsum(\"%s\", x, y)" % equation, lambda x, y, e=equation: torch.einsum(e, x, y),
                 x=draw(dtype, a, 107), y=draw(dtype, b, 108))
    for equation, shape in [("ij->ji", (3, 4)), ("ii->i", (3, 3)), ("ii", (3, 3)), ("bij->b", (B, 2, 3)), ("ba", (3, 4))]:
        case("einsum " + equation, "einsum(\"%s\", x)" % equation, lambda x, e=equation: torch.einsum(e, x), x=draw("f32", shape, 109))


def add_all():
    for table in [elementwise, views, einsums]:
        table()
