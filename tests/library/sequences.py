#!/usr/bin/env python3
"""sequences.py -- what sequences.dsl must print, computed by PyTorch; see reference.py.

    python3 tests/library/sequences.py      writes sequences.expected"""
import math

import torch
import torch.nn.functional as F

from reference import Lines, both, grads, nan, weighted

T = torch.tensor


def waves(*sizes, step):
    count = math.prod(sizes)
    values = torch.sin(torch.arange(count, dtype=torch.float64) * step + 1)
    return values.reshape(sizes).requires_grad_(True)


def attend(q, k, v, mask=None, scale=None):
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = q @ k.transpose(-2, -1) * scale
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    return scores.softmax(-1) @ v


def layers(line):
    x, y = waves(2, 3, 4, step=0.7), waves(2, 5, 4, step=1.3)
    in_w, in_b = waves(12, 4, step=0.9), waves(12, step=0.3)
    out_w, out_b = waves(4, 4, step=0.8), waves(4, step=0.4)
    w1, b1 = waves(6, 4, step=1.1), waves(6, step=0.6)
    w2, b2 = waves(4, 6, step=1.7), waves(4, step=0.5)
    early = torch.ones(3, 3, dtype=torch.bool).triu(1)
    padding = T([[0, 0, 1, 0, 1], [1, 0, 0, 0, 0]], dtype=torch.bool)

    added = waves(3, 3, step=0.2)
    line("attention", both(lambda q: attend(q, y, y), x), both(lambda q: attend(q, q, q, ~early), x),
         both(lambda q: attend(q, q, q, ~early), x),
         both(lambda q: attend(q, q, q, added, 0.3), x))

    def heads(q, k, w=in_w, **masks):
        """torch's own function, which has time first."""
        q, k = q.transpose(0, 1), k.transpose(0, 1)
        y, _ = F.multi_head_attention_forward(q, k, k, 4, 2, w, in_b, None, None, False, 0.0, out_w,
                                              out_b, training=False, **masks)
        return y.transpose(0, 1)

    line("multihead", both(lambda q: heads(q, y, key_padding_mask=padding), x),
         both(lambda q: heads(q, q, attn_mask=early), x),
         both(lambda w: heads(x, y, w, key_padding_mask=padding), in_w))
    own = ~padding[:, None, None, :3] & ~early
    line("masks", own, True)
    line("multihead layer", True, 12, 4, 12, 4, 4, 4)
    line("multihead bare", 2, 3, 4, 12, 4)
    line("multihead first values", [True] * 4)

    def layer(v, **settings):
        """torch.nn.TransformerEncoderLayer with these weights; in training mode for the slow path."""
        net = torch.nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True, **settings)
        values = {"self_attn.in_proj_weight": in_w, "self_attn.in_proj_bias": in_b,
                  "self_attn.out_proj.weight": out_w, "self_attn.out_proj.bias": out_b,
                  "linear1.weight": w1, "linear1.bias": b1, "linear2.weight": w2, "linear2.bias": b2}
        with torch.no_grad():
            for name, value in net.named_parameters():
                if name in values:
                    value.copy_(values[name])
        return net(v, src_mask=None if settings else early)

    line("transformer", both(layer, x), both(lambda v: layer(v, norm_first=True, activation="gelu"), x))
    line("transformer layer", True, True, 4, 4, 6, 4, 4, 6)
    pos, div = torch.arange(5.0)[:, None], torch.exp(torch.arange(0, 6, 2) * (-math.log(10000) / 6))
    table = torch.zeros(5, 6)
    table[:, 0::2], table[:, 1::2] = torch.sin(pos * div), torch.cos(pos * div)
    line("sinusoids", table)

    net = torch.nn.Embedding(5, 3, padding_idx=2)
    line("embedding", 2, 2, 3, True, grads(weighted(net(T([[0, 2], [2, 4]]))), net.weight))
    line("embedding first values", True, True)


def order(line):
    s = T([[3.0, -1.0, 2.0, 2.0], [0.5, 0.5, -2.0, 7.0], [1.0, 0.0, 1.0, -1.0]], requires_grad=True)
    by = lambda v, d, down: v.sort(dim=d, descending=down, stable=True)
    line("sort", both(lambda v: by(v, -1, False)[0], s), both(lambda v: by(v, 0, True)[0], s),
         by(s, -1, False)[1], by(s, 0, True)[1], 1, 0, 2)
    small = T([5.0, 1.0, 3.0, 4.0]).topk(2, largest=False)
    line("topk", both(lambda v: by(v, -1, True)[0][:, :2], s), small[0], small[1])
    hole = T([1.0, nan, -1.0])
    line("sort with nan", by(hole, 0, False)[1], by(hole, 0, True)[1])
    line("triangles", s.tril(), s.tril(1), s.triu(-1), T([[1, 2], [3, 4]]).triu())
    line("roll", both(lambda v: v.roll(-3, 1), s), T([1, 2, 3]).roll(5, 0))
    line("masked_fill", s.masked_fill(s > 1, -9.5))


def losses(line):
    scores, deep, wide = waves(4, 3, step=1.9), waves(2, 3, 2, step=2.3), waves(2, 4, 3, step=1.7)
    label, some = T([2, 1, 0, 0]), T([2, -100, 0, -100])
    pixel, words = T([[2, 0], [1, 1]]), T([[2, 0, 1, 1], [0, -1, 2, -1]])
    w = T([0.5, 1.5, 2.0])
    entropy = lambda y, **settings: lambda v: F.cross_entropy(v, y, **settings)
    line("cross_entropy weight", both(entropy(label, weight=w), scores),
         both(entropy(some, weight=w), scores))
    line("cross_entropy weight smoothing", both(entropy(label, weight=w, label_smoothing=0.2), scores),
         both(entropy(some, weight=w, label_smoothing=0.3), scores))
    line("cross_entropy axes", both(entropy(pixel, weight=w, label_smoothing=0.1), deep),
         both(lambda v: F.cross_entropy(v.transpose(1, 2), words, ignore_index=-1), wide))
    line("nll_loss weight", both(lambda v: F.nll_loss(v, label, weight=w), scores))
    half = T([[0.0, 1.0, 0.3], [1.0, 0.2, 0.0], [0.5, 0.5, 1.0], [0.0, 0.0, 1.0]])
    bce = F.binary_cross_entropy_with_logits
    line("bce_with_logits", both(lambda v: bce(v, half, pos_weight=w), scores),
         both(lambda v: bce(v, half, weight=w, pos_weight=T([3.0, 1.0, 0.5])), scores))
    line("multi_margin_loss", both(lambda v: F.multi_margin_loss(v, label), scores),
         both(lambda v: F.multi_margin_loss(v, label, p=2, margin=0.7, weight=w), scores))
    line("smooth_l1_loss", [both(lambda v: F.smooth_l1_loss(v, half, beta=b), scores)
                            for b in (1.0, 0.3, 0.0)])
    signs = T([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
    line("hinge_loss", both(lambda v: (1 - signs * v).clamp(min=0).mean(), scores),
         both(lambda v: F.margin_ranking_loss(v, half, signs, margin=0.2), scores))
    line("cosine", both(lambda v: F.cosine_similarity(v, half), scores),
         both(lambda v: F.cosine_similarity(v, half, dim=0), scores),
         both(lambda v: F.cosine_embedding_loss(v, half, T([1, -1, 1, -1]), margin=0.1), scores))
    metrics(line, (scores, label), (scores, some), (wide.transpose(1, 2), words), (deep, pixel))


def confusion(logits, label, ignore=-1):
    classes = logits.shape[1]
    counts = torch.zeros(classes, classes, dtype=torch.long)
    for guess, true in zip(logits.argmax(1).flatten().tolist(), label.flatten().tolist()):
        if true != ignore:
            counts[true, guess] += 1
    return counts


def share(part, whole):
    return (part / whole.clamp(min=1)).mean()


def metrics(line, plain, some, wide, deep):
    def hits(logits, label, ignore=-1, k=1):
        hit = (logits.topk(k, 1).indices == label.unsqueeze(1)).any(1)
        return hit[label != ignore].double().mean()
    line("accuracy", hits(*plain), hits(*some, -100), hits(*wide), hits(*deep))
    line("topk_accuracy", hits(*plain, k=2), hits(*some, -100), hits(*wide, k=2))
    line("confusion_matrix", confusion(*plain), confusion(*wide), confusion(*deep))
    scores = []
    for c in (confusion(*plain), confusion(*wide)):
        taken, real = c.sum(0), c.sum(1)
        scores += [share(c.diag(), taken), share(c.diag(), real), share(2 * c.diag(), taken + real)]
    line("precision recall f1", scores[:3], scores[5])
    line("perplexity", F.cross_entropy(*plain).exp(), F.cross_entropy(*some).exp())


if __name__ == "__main__":
    lines = Lines()
    layers(lines)
    order(lines)
    losses(lines)
    lines.write("sequences.expected")
