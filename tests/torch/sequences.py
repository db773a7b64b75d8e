"""sequences.py -- embeddings, attention, sorting, and losses and metrics of scores and vectors."""
import math

import torch
import torch.nn.functional as F

from harness import case, draw
from library import drawn, layer

B = "batch"


def shares(x, y, classes=3):
    """Per class: hits, labels and predictions."""
    guess = x.argmax(1)
    hits = torch.stack([((guess == k) & (y == k)).sum() for k in range(classes)]).float()
    return hits, torch.bincount(y, minlength=classes).float(), torch.bincount(guess, minlength=classes).float()


def share(part, whole):
    return torch.where(whole > 0, part / whole.clamp(min=1), torch.zeros_like(part)).mean()


def f1(x, y):
    hits, labels, guesses = shares(x, y)
    return share(2 * hits, labels + guesses)


def confusion(x, y):
    table = torch.zeros(3, 3, dtype=torch.int64)
    for wanted, got in zip(y.tolist(), x.argmax(1).tolist()):
        table[wanted, got] += 1
    return table


def waves(time, dim):
    at, i = torch.arange(time).unsqueeze(1), torch.arange(dim)
    angle = at * torch.exp((i // 2) * (-2 * math.log(10000.0) / dim))
    return torch.where(i % 2 == 0, angle.sin(), angle.cos())


def losses():
    for dtype in ["f32", "f64"]:
        for shape in [(5,), (B, 3)]:
            x, y = draw(dtype, shape, 301), draw(dtype, shape, 302)
            sign = draw(dtype, shape, 303)
            case("smooth_l1_loss of " + x.type(), "smooth_l1_loss(x, y, beta = 0.5)", lambda x, y: F.smooth_l1_loss(x, y, beta=0.5), x=x, y=y)
            case("hinge_loss of " + x.type(), "hinge_loss(x, y)", lambda x, y: (1 - x * y).relu().mean(), x=x, y=y)
            case("margin_ranking_loss of " + x.type(), "margin_ranking_loss(x, y, sign(s), margin = 0.25)",
                 lambda x, y, s: F.margin_ranking_loss(x, y, s.sign().detach(), margin=0.25), x=x, y=y, s=sign)
        x, y, labels = draw(dtype, (B, 3), 304), draw(dtype, (B, 3), 305), draw("i64", (B,), 306, 0, 0.7)
        turns = draw(dtype, (B,), 307)
        case("cosine_similarity of " + dtype, "cosine_similarity(x, y)", lambda x, y: F.cosine_similarity(x, y), tolerance=4, x=x, y=y)
        case("cosine_embedding_loss of " + dtype, "cosine_embedding_loss(x, y, sign(t), margin = 0.25)",
             lambda x, y, t: F.cosine_embedding_loss(x, y, t.sign().detach(), margin=0.25), tolerance=4, x=x, y=y, t=turns)
        for tail, how in [("", {}), (", p = 2, margin = 0.5", {"p": 2, "margin": 0.5})]:
            case("multi_margin_loss%s of %s" % (tail, dtype), "multi_margin_loss(x, y%s)" % tail,
                 lambda x, y, how=how: F.multi_margin_loss(x, y, **how), second=False, x=x, y=labels)


def metrics():
    x, y = draw("f32", (B, 3), 308), draw("i64", (B,), 309, 0, 0.7)
    for name, f in [("topk_accuracy(x, y, k = 2)", lambda x, y: (x.topk(2, 1)[1] == y.unsqueeze(1)).any(1).float().mean()),
                    ("precision(x, y)", lambda x, y: share(shares(x, y)[0], shares(x, y)[2])),
                    ("recall(x, y)", lambda x, y: share(shares(x, y)[0], shares(x, y)[1])), ("f1_score(x, y)", f1),
                    ("confusion_matrix(x, y)", confusion)]:
        case(name, name, f, grads=False, wide=False, x=x, y=y)


def order():
    for dtype in ["f32", "f64", "i32"]:
        x = draw(dtype, (4, 7), 310)
        grads = {"grads": False} if dtype == "i32" else {}
        for axis in [0, -1]:
            if dtype != "i32":  # equal elements have no order in torch
                case("sort of %s by %d" % (dtype, axis), "sort(x, axis = %d)[0]" % axis, lambda x, a=axis: x.sort(a)[0], x=x)
                case("argsort of %s by %d" % (dtype, axis), "argsort(x, axis = %d, descending = true)" % axis,
                     lambda x, a=axis: x.argsort(a, descending=True), grads=False, x=x)
                case("topk of %s by %d" % (dtype, axis), "topk(x, 3, axis = %d)[0]" % axis, lambda x, a=axis: x.topk(3, a)[0], x=x)
            case("roll of %s by %d" % (dtype, axis), "roll(x, 2, %d)" % axis, lambda x, a=axis: x.roll(2, a), x=x, **grads)
        case("masked_fill of " + dtype, "masked_fill(x, m, 3)", lambda x, m: x.masked_fill(m, 3), x=x, m=draw("bool", (4, 7), 311), **grads)


def layers():
    n, x = torch.nn, draw("f32", (B, 3, 4), 312)
    ids = draw("i64", (B, 3), 313, 0, 0.7)
    case("embedding", "m(x)", lambda x, module: module(x), setup="m = embedding(5, 2)", module=drawn(n.Embedding(5, 2), 7), layer="m", x=ids)
    case("embedding with padding", "m(x)", lambda x, module: module(x), setup="m = embedding(5, 2, padding_idx = 1)",
         module=drawn(n.Embedding(5, 2, padding_idx=1), 8), layer="m", x=ids)
    for heads, tail, how in [(1, "", {}), (2, "", {}), (2, ", bias = false", {"bias": False})]:
        layer("multihead_attention(4, %d%s)" % (heads, tail), Attention(4, heads, **how), x)
    for tail, how in [("", {}), (", norm_first = true, activation = gelu", {"norm_first": True, "activation": "gelu"})]:
        module = n.TransformerEncoderLayer(4, 2, 6, 0.1, batch_first=True, **how)
        layer("transformer_encoder_layer(4, 2, 6%s)" % tail, module, x, tolerance=8)
    q, k, v = draw("f32", (B, 2, 3, 4), 314), draw("f32", (B, 2, 5, 4), 315), draw("f32", (B, 2, 5, 4), 316)
    case("attention", "attention(q, k, v)", lambda q, k, v: (q @ k.mT / 2).softmax(-1) @ v, tolerance=4, q=q, k=k, v=v)
    ahead = torch.ones(5, 5).triu(1).bool()
    case("attention, causal", "attention(k, v, k, causal = true)",
         lambda k, v: (k @ v.mT / 2).masked_fill(ahead, -math.inf).softmax(-1) @ k, tolerance=4, k=k, v=v)
    case("sinusoids", "x * sinusoids(3, 4)", lambda x: x * waves(3, 4), tolerance=8, x=x)


class Attention(torch.nn.MultiheadAttention):
    """Of a sequence to itself, the values alone."""

    def __init__(self, n, heads, **how):
        super().__init__(n, heads, batch_first=True, **how)

    def forward(self, x):
        return super().forward(x, x, x, need_weights=False)[0]


def add_all():
    losses()
    metrics()
    order()
    layers()
