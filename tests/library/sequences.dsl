# sequences.dsl -- embeddings, attention, the transformer's layer, sorting, and the losses and metrics of labels.
import "fixed.dsl"

# waves(shape, step): numbers of our own, in f64.
def waves(sizes, step) {
    count = 1
    for n in sizes {
        count = count * n
    }
    return reshape(sin(f64(arange(count)) * f64(step) + 1), sizes)
}
param x = waves([2, 3, 4], 0.7)
param y = waves([2, 5, 4], 1.3)
param in_w = waves([12, 4], 0.9)
param in_b = waves([12], 0.3)
param out_w = waves([4, 4], 0.8)
param out_b = waves([4], 0.4)
param w1 = waves([6, 4], 1.1)
param b1 = waves([6], 0.6)
param w2 = waves([4, 6], 1.7)
param b2 = waves([4], 0.5)
early = [[false, true, true], [false, false, true], [false, false, false]]
padding = [[false, false, true, false, true], [true, false, false, false, false]]

# --- attention ---
def plain(q) = attention(q, y, y)
def masked(q) = attention(q, q, q, mask = not early)
def causal(q) = attention(q, q, q, causal = true)
def added(q) = attention(q, q, q, mask = waves([3, 3], 0.2), scale = 0.3)
print "attention:", both(plain, x), both(masked, x), both(causal, x), both(added, x)

# PyTorch's layer, from its parameters.
def heads(q, k, w, b, ow, ob, mask) {
    wq, wk, wv = split(w, 4)
    bq, bk, bv = split(b, 4)
    h = attention(split_heads(q @ transpose(wq) + bq, 2), split_heads(k @ transpose(wk) + bk, 2),
                  split_heads(k @ transpose(wv) + bv, 2), mask = mask)
    return reshape(permute(h, 0, 2, 1, 3), shape(q)) @ transpose(ow) + ob
}
def to_others(q) = heads(q, y, in_w, in_b, out_w, out_b, allowed(none, padding))
def to_self(q) = heads(q, q, in_w, in_b, out_w, out_b, allowed(early, none))
def by_weight(w) = heads(x, y, w, in_b, out_w, out_b, allowed(none, padding))
print "multihead:", both(to_others, x), both(to_self, x), both(by_weight, in_w)
both_masks = allowed(early, padding[:, :3])
print "masks:", both_masks, allowed(none, none) == none
layer = multihead_attention(4, 2)
z = f32(x)
print "multihead layer:", max(abs(layer(z, f32(y), key_padding_mask = padding) - heads(z, f32(y), layer.in_proj_weight, layer.in_proj_bias + 0, layer.out_proj.weight, layer.out_proj.bias + 0, allowed(none, padding)))) < 1e-6, shape(layer.in_proj_weight), shape(layer.in_proj_bias), shape(layer.out_proj.weight), shape(layer.out_proj.bias)
bare = multihead_attention(4, 4, bias = false)
print "multihead bare:", shape(bare(z, is_causal = true)), shape(bare.in_proj_weight)
print "multihead first values:", max(abs(layer.in_proj_weight)) <= sqrt(6.0 / 16), max(abs(layer.in_proj_bias)) == 0, max(abs(layer.out_proj.bias)) == 0, max(abs(layer.out_proj.weight)) <= 0.5

def normal_of(v) = (v - mean(v, axis = -1, keepdims = true)) * rsqrt(var(v, axis = -1, keepdims = true, correction = 0) + 1e-5)
def forward(v, act) = act(v @ transpose(w1) + b1) @ transpose(w2) + b2
def after(v) {
    h = normal_of(v + heads(v, v, in_w, in_b, out_w, out_b, allowed(early, none)))
    return normal_of(h + forward(h, relu))
}
def before(v) {
    n = normal_of(v)
    h = v + heads(n, n, in_w, in_b, out_w, out_b, none)
    return h + forward(normal_of(h), gelu)
}
print "transformer:", both(after, x), both(before, x)
block = transformer_encoder_layer(4, 2, dim_feedforward = 6)
first = transformer_encoder_layer(4, 2, dim_feedforward = 6, norm_first = true, activation = gelu)
def of_layer(l, v, mask) = heads(v, v, l.self_attn.in_proj_weight, l.self_attn.in_proj_bias, l.self_attn.out_proj.weight, l.self_attn.out_proj.bias, mask)
r1 = block(z, src_mask = early)
r2 = first(z)
h1 = normal_of(z + of_layer(block, z, not early))
h1 = normal_of(h1 + block.linear2(relu(block.linear1(h1))))
h2 = z + of_layer(first, normal_of(z), none)
h2 = h2 + first.linear2(gelu(first.linear1(normal_of(h2))))
print "transformer layer:", max(abs(r1 - h1)) < 1e-5, max(abs(r2 - h2)) < 1e-5, shape(block.norm1.weight), shape(block.norm2.bias), shape(block.linear1.weight), shape(block.linear2.weight)
print "sinusoids:", fixed(sinusoids(5, 6))

# --- embedding ---
table = embedding(5, 3, padding_idx = 2)
ids = i64([[0, 2], [2, 4]])
rows = table(ids)
print "embedding:", shape(rows), max(abs(rows[0, 1])) == 0, fixed(grad(weighted(rows), table.weight))
open = embedding(200, 50)
seen = open([0])
print "embedding first values:", abs(mean(open.weight)) < 0.05, abs(std(open.weight) - 1) < 0.05

# --- sorting ---
param s = [[3.0, -1.0, 2.0, 2.0], [0.5, 0.5, -2.0, 7.0], [1.0, 0.0, 1.0, -1.0]]
def sorted_last(v) {
    values, order = sort(v)
    return values
}
def sorted_first(v) {
    values, order = sort(v, axis = 0, descending = true)
    return values
}
def largest(v) {
    values, order = topk(v, 2)
    return values
}
print "sort:", both(sorted_last, s), both(sorted_first, s), argsort(s), argsort(s, axis = 0, descending = true), argsort([true, false, true])
values, order = topk([5.0, 1.0, 3.0, 4.0], 2, largest = false)
print "topk:", both(largest, s), fixed(values), order
hole = s[2, 1] / s[2, 1]
print "sort with nan:", argsort([1.0, hole, -1.0]), argsort([1.0, hole, -1.0], descending = true)
print "triangles:", fixed(tril(s)), fixed(tril(s, diagonal = 1)), fixed(triu(s, diagonal = -1)), triu([[1, 2], [3, 4]])
def rolled(v) = roll(v, -3, axis = 1)
print "roll:", both(rolled, s), roll([1, 2, 3], 5, axis = 0)
print "masked_fill:", fixed(masked_fill(s, s > 1, -9.5))

# --- losses of labels ---
param scores = waves([4, 3], 1.9)
param deep = waves([2, 3, 2], 2.3)
param wide = waves([2, 4, 3], 1.7)
label = i64([2, 1, 0, 0])
some = i64([2, -100, 0, -100])
pixel = i64([[2, 0], [1, 1]])
words = i64([[2, 0, 1, 1], [0, -1, 2, -1]])
shares = f64([0.5, 1.5, 2.0])
def weighed(v) = cross_entropy(v, label, weight = shares)
def weighed_ignoring(v) = cross_entropy(v, some, weight = shares, ignore_index = -100)
def weighed_smooth(v) = cross_entropy(v, label, weight = shares, label_smoothing = 0.2)
def weighed_smooth_ignoring(v) = cross_entropy(v, some, weight = shares, ignore_index = -100, label_smoothing = 0.3)
def planes(v) = cross_entropy(v, pixel, weight = shares, label_smoothing = 0.1)
def last_axis(v) = cross_entropy(v, words, ignore_index = -1)
def likelihood(v) = nll_loss(v, label, weight = shares)
print "cross_entropy weight:", both(weighed, scores), both(weighed_ignoring, scores)
print "cross_entropy weight smoothing:", both(weighed_smooth, scores), both(weighed_smooth_ignoring, scores)
print "cross_entropy axes:", both(planes, deep), both(last_axis, wide)
print "nll_loss weight:", both(likelihood, scores)
half = f64([[0.0, 1.0, 0.3], [1.0, 0.2, 0.0], [0.5, 0.5, 1.0], [0.0, 0.0, 1.0]])
def positive(v) = bce_with_logits(v, half, pos_weight = shares)
def both_weights(v) = bce_with_logits(v, half, weight = shares, pos_weight = f64([3.0, 1.0, 0.5]))
print "bce_with_logits:", both(positive, scores), both(both_weights, scores)
def margin(v) = multi_margin_loss(v, label)
def margin_squared(v) = multi_margin_loss(v, label, p = 2, margin = 0.7, weight = shares)
print "multi_margin_loss:", both(margin, scores), both(margin_squared, scores)
def smooth(v) = smooth_l1_loss(v, half)
def smooth_small(v) = smooth_l1_loss(v, half, beta = 0.3)
def smooth_none(v) = smooth_l1_loss(v, half, beta = 0.0)
print "smooth_l1_loss:", both(smooth, scores), both(smooth_small, scores), both(smooth_none, scores)
signs = f64([[1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
def hinge(v) = hinge_loss(v, signs)
def ranking(v) = margin_ranking_loss(v, half, signs, margin = 0.2)
print "hinge_loss:", both(hinge, scores), both(ranking, scores)
def cosine_last(v) = cosine_similarity(v, half)
def cosine_first(v) = cosine_similarity(v, half, axis = 0)
def cosine_loss(v) = cosine_embedding_loss(v, half, i64([1, -1, 1, -1]), margin = 0.1)
print "cosine:", both(cosine_last, scores), both(cosine_first, scores), both(cosine_loss, scores)

# --- metrics of labels ---
print "accuracy:", fixed(accuracy(scores, label)), fixed(accuracy(scores, some, ignore_index = -100)), fixed(accuracy(wide, words, ignore_index = -1)), fixed(accuracy(deep, pixel))
print "topk_accuracy:", fixed(topk_accuracy(scores, label, k = 2)), fixed(topk_accuracy(scores, some, k = 1, ignore_index = -100)), fixed(topk_accuracy(wide, words, k = 2, ignore_index = -1))
print "confusion_matrix:", confusion_matrix(scores, label), confusion_matrix(wide, words, ignore_index = -1), confusion_matrix(deep, pixel)
print "precision recall f1:", fixed(precision(scores, label)), fixed(recall(scores, label)), fixed(f1_score(scores, label)), fixed(f1_score(wide, words, ignore_index = -1))
print "perplexity:", fixed(perplexity(scores, label)), fixed(perplexity(scores, some, ignore_index = -100))
