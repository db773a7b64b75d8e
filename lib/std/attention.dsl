# attention.dsl -- Embeddings, attention and the transformer's layers.  Parameters have PyTorch's names, shapes and
# first values; tensors are f32[batch, time, features] throughout, PyTorch's batch_first = True.

# embedding(num, dim, padding_idx, kind)(ids): the row of a table for each id.  Row padding_idx is first 0 and
# learns nothing.  kind is the table's dtype.
# Shapes:
#     ids     integers in [0, num), of any shape
#     weight  f32[num, dim], first standard normal
#     result  f32[ids' shape, dim]
# PyTorch: torch.nn.Embedding
# Example:
#     table = embedding(50, 8)
#     print shape(table([[1, 2, 3], [4, 5, 6]])), shape(table.weight)
#     > [2, 3, 8] [50, 8]
module embedding(num, dim, padding_idx = none, kind = f32)(ids) {
    if padding_idx == none {
        param weight: kind[num, dim] = normal()
        return weight[ids]
    } else {
        padding =
            require(padding_idx, padding_idx >= 0 and padding_idx < num, "embedding: padding_idx ",
                    padding_idx, " is none of its ", num, " rows")
        param weight: kind[num, dim] = where(reshape(arange(num) == padding, num, 1), 0, normal())
        rows = weight[ids]
        return where(unsqueeze(ids == padding, -1), detach(rows), rows)
    }
}

# attention(query, key, value, mask, causal, dropout_p, scale, enable_gqa): for each query the values, weighted by how
# much its key is like the query:
#     softmax(q k^T scale + mask) v
# mask is true where a key may be seen (a mask of floats is added); with causal a query sees no key behind its own
# place. scale is 1 / sqrt(e) by default. With enable_gqa key and value may have fewer heads than query: as many
# neighbouring heads as divide share each (grouped-query attention; one for all is multi-query attention).
# Shapes:
#     query   f32[.., l, e]; with enable_gqa f32[.., heads, l, e]
#     key     f32[.., s, e]; f32[.., kv, s, e], where kv divides heads
#     value   f32[.., s, v]; f32[.., kv, s, v]
#     mask    bool or f32, broadcasting to [.., l, s]
#     result  f32[.., l, v]
# PyTorch: torch.nn.functional.scaled_dot_product_attention, since 2.0; enable_gqa since 2.5
# Example:
#     q = [[1.0, 0.0], [0.0, 1.0]]
#     v = [[1.0], [3.0]]
#     heads = ones(4, 3, 8)
#     print attention(q, q, v), attention(q, q, v, causal = true)
#     print shape(attention(heads, heads[0:2], heads[0:2], enable_gqa = true))
#     > [[1.6605],
#     >  [2.3395]] [[1.0000],
#     >             [2.3395]]
#     > [4, 3, 8]
def attention(query, key, value, mask = none, causal = false, dropout_p = 0.0, scale = none,
              enable_gqa = false) {
    query = require(query, ndim(query) >= 3 or not enable_gqa,
                    "attention with enable_gqa needs [.., heads, time, features], not ", query)
    kv = heads_to_share(query, key, value) if enable_gqa else 1
    factor = 1 / sqrt(size(query, axis = -1)) if scale == none else scale
    q = with_heads(query, kv) if enable_gqa else query
    scores = q @ transpose(key, -2, -1) * factor
    if mask != none {
        seen = with_heads(mask_of_all(mask, query, key), kv) if enable_gqa else mask
        scores = masked_scores(scores, seen)
    }
    if causal {
        behind = triu(ones(size(query, axis = -2), size(key, axis = -2)), diagonal = 1)
        ahead = with_heads(mask_of_all(behind, query, key), kv) if enable_gqa else behind
        scores = where(ahead > 0, log(0.0), scores)
    }
    mixed = dropout(softmax(scores), p = dropout_p) @ value
    return with_heads(mixed, size(query, axis = -3)) if enable_gqa else mixed
}

# heads_to_share(query, key, value): how many heads key and value have, which those of query share.
# Helper of: attention
def heads_to_share(query, key, value) {
    k = require(key, ndim(key) == ndim(query), "attention: heads of ", query, " cannot share ", key)
    v = require(value, ndim(value) == ndim(k), "attention: heads of ", query, " cannot share ",
                value)
    heads = size(query, axis = -3)
    kv = size(k, axis = -3)
    return require(kv, heads % kv == 0 and size(v, axis = -3) == kv, "attention: ", heads,
                   " heads of queries cannot share ", kv, " of keys and ", size(v, axis = -3),
                   " of values", hint = "the heads of key and value divide those of query")
}

# with_heads(x, heads): f32[.., heads, n, e]. Where that are fewer than x has, neighbouring ones become one whose rows
# are theirs, one behind the other; with more they are parted again.
# Helper of: attention
def with_heads(x, heads) {
    n = ndim(x)
    return reshape(x,
                   [heads if i == n - 3 else -1 if i == n - 2 else size(x, axis = i) for i in 0..n])
}

# mask_of_all(mask, query, key): the mask for each head by itself.
# Helper of: attention
def mask_of_all(mask, query, key) {
    n = ndim(query)
    return expand(mask,
                  [size(key, axis = -2) if i == n - 1 else size(query, axis = i) for i in 0..n])
}

# causal_attention(context, dropout_p, enable_gqa)(query, key, value): attention in which no query sees a key behind its
# own place. In a generate block it is given one token at a time, and keeps the keys and values of those before it, up to
# `context` of them (a key/value cache). With enable_gqa key and value may have fewer heads, as in attention.
# Shapes:
#     query, key  f32[batch, heads, time, e]
#     value       f32[batch, heads, time, v]
#     keys        f32[batch, heads, context, e], a state of a generate block; so are the values
#     result      f32[batch, heads, time, v]
# PyTorch: torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True)
# Example:
#     q = reshape([[1.0, 0.0], [0.0, 1.0]], 1, 1, 2, 2)
#     v = reshape([[1.0], [3.0]], 1, 1, 2, 1)
#     print causal_attention()(q, q, v)[0, 0]
#     > [[1.0000],
#     >  [2.3395]]
module causal_attention(context = none, dropout_p = 0.0,
                        enable_gqa = false)(query, key: float[samples, heads, time, e],
                                            value: float[samples, heads, time, v]) {
    if not generating {
        return attention(query, key, value, causal = true, dropout_p = dropout_p,
                         enable_gqa = enable_gqa)
    }
    length = require(context, context != none and time == 1,
                     "attention in a generate block takes one token at a time, and has to know how ",
                     "many it remembers: context = 128")
    t = dtype(key)
    state keys: t[samples, heads, length, e] = 0
    state values: t[samples, heads, length, v] = 0
    place = arange(length)
    here = unsqueeze(place == position, 1)
    keys <- where(here, key, keys)
    values <- where(here, value, values)
    return attention(query, keys, values, mask = place <= position, enable_gqa = enable_gqa)
}

# masked_scores(scores, mask): minus infinity where the mask of booleans is false; a mask of floats is added.
# Helper of: attention
def masked_scores(scores, mask) {
    if dtype(mask) == "bool" {
        return where(mask, scores, log(0.0))
    } else {
        return scores + mask
    }
}

# multihead_attention(embed_dim, num_heads, dropout_p, bias, context)(query, key, value, attn_mask, key_padding_mask,
# is_causal): attention in several heads side by side, each with its own projections of query, key and value; left out,
# key is the query, and value the key. Both masks are true where attention is NOT allowed, as in PyTorch's layer:
# attn_mask for places (or floats that are added), key_padding_mask for each sample's own. With is_causal a place sees
# none behind it; in a generate block it then remembers `context` tokens.
# Shapes:
#     query             f32[batch, l, embed_dim]
#     key, value        f32[batch, s, embed_dim]
#     attn_mask         bool or f32, [l, s] or [batch, 1 or num_heads, l, s]
#     key_padding_mask  bool[batch, s]
#     in_proj_weight    f32[3 embed_dim, embed_dim], first xavier_uniform
#     in_proj_bias      f32[3 embed_dim], first 0
#     out_proj.weight   f32[embed_dim, embed_dim], first uniform within 1 / sqrt(embed_dim)
#     out_proj.bias     f32[embed_dim], first 0
#     result            f32[batch, l, embed_dim]
# PyTorch: torch.nn.MultiheadAttention(embed_dim, num_heads, batch_first=True), the first of its results
# Example:
#     x = ones(2, 5, 8)
#     heads = multihead_attention(8, 2)
#     print shape(heads(x)), shape(heads.in_proj_weight), shape(heads.out_proj.weight)
#     > [2, 5, 8] [24, 8] [8, 8]
module multihead_attention(embed_dim, num_heads, dropout_p = 0.0, bias = true,
                           context = none)(query, key = none, value = none,
                                           attn_mask = none,
                                           key_padding_mask = none,
                                           is_causal = false) {
    query = require(query, ndim(query) == 3 and size(query, axis = -1) == embed_dim,
                    "multihead_attention needs a query as [batch, time, ", embed_dim, "], not ",
                    query)
    dim = require(embed_dim, num_heads >= 1 and embed_dim % num_heads == 0, "multihead_attention: ",
                  num_heads, " heads do not divide the ", embed_dim, " features")
    k = query if key == none else key
    v = k if value == none else value
    t = weight_dtype(query)
    param in_proj_weight: t[3 * dim, dim] = xavier_uniform()
    wq, wk, wv = split(in_proj_weight, dim)
    q = query @ transpose(wq)
    k = k @ transpose(wk)
    v = v @ transpose(wv)
    if bias {
        param in_proj_bias: t[3 * dim] = 0
        bq, bk, bv = split(in_proj_bias, dim)
        q += bq
        k += bk
        v += bv
    }
    mask = allowed(attn_mask, key_padding_mask)
    if generating {
        mask = require(mask, is_causal and key == none and mask == none,
                       "multihead_attention in a generate block looks back at its own tokens: ",
                       "is_causal = true, without key and masks")
    }
    q = split_heads(q, num_heads)
    k = split_heads(k, num_heads)
    v = split_heads(v, num_heads)
    past = causal_attention(context, dropout_p)
    heads = past(q, k, v) if generating else attention(q, k, v, mask = mask, causal = is_causal,
                                                       dropout_p = dropout_p)
    joined = reshape(permute(heads, 0, 2, 1, 3), shape(query))
    out_proj = linear_from_zero(dim, bias = bias)
    return out_proj(joined)
}

# split_heads(x, heads): f32[batch, heads, time, n / heads] from f32[batch, time, n].
# Helper of: multihead_attention
def split_heads(x, heads) {
    apart = reshape(x, size(x, axis = 0), size(x, axis = 1), heads, size(x, axis = 2) // heads)
    return permute(apart, 0, 2, 1, 3)
}

# allowed(attn_mask, key_padding_mask): PyTorch's two masks as attention takes one, or none.
# Helper of: multihead_attention
def allowed(attn_mask, key_padding_mask) {
    mask = none
    if attn_mask != none {
        mask = not attn_mask if dtype(attn_mask) == "bool" else attn_mask
    }
    if key_padding_mask != none {
        own = not unsqueeze(unsqueeze(key_padding_mask, 1), 1)
        if attn_mask == none {
            mask = own
        } else {
            mask = own and mask if dtype(attn_mask) == "bool" else where(own, mask, log(0.0))
        }
    }
    return mask
}

# linear_from_zero(out, bias)(x): linear, but for a bias that is first 0.
# Helper of: multihead_attention
module linear_from_zero(out, bias = true)(x: float[.., n]) {
    t = dtype(x)
    param weight: t[out, n] = uniform(-1 / sqrt(n), 1 / sqrt(n))
    y = x @ transpose(weight)
    if bias {
        param bias: t[out] = 0
        y += bias
    }
    return y
}

# transformer_encoder_layer(d_model, nhead, dim_feedforward, p, activation, norm_first, eps, context)(src, src_mask,
# src_key_padding_mask, is_causal): attention of a sequence to itself, then two linear layers for each place, each
# added to what comes in and normalised: behind the sum, or with norm_first before the part itself.
# Shapes:
#     src        f32[batch, time, d_model]
#     self_attn  multihead_attention; masks as there
#     linear1    linear(dim_feedforward)
#     linear2    linear(d_model)
#     norm1      layernorm
#     norm2      layernorm
#     result     f32[batch, time, d_model]
# PyTorch: torch.nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward, dropout, batch_first=True)
# Example:
#     x = ones(2, 5, 8)
#     block = transformer_encoder_layer(8, 2, dim_feedforward = 16, activation = gelu, norm_first = true)
#     print shape(block(x)), shape(block.linear1.weight), shape(block.self_attn.in_proj_weight)
#     > [2, 5, 8] [16, 8] [24, 8]
module transformer_encoder_layer(d_model, nhead, dim_feedforward = 2048, p = 0.1, activation = relu,
                                 norm_first = false, eps = 1e-5, context = none)(src,
                                                                                 src_mask = none,
                                                                                 src_key_padding_mask = none,
                                                                                 is_causal = false) {
    self_attn = multihead_attention(d_model, nhead, dropout_p = p, context = context)
    linear1 = linear(dim_feedforward)
    linear2 = linear(d_model)
    norm1 = layernorm(eps = eps)
    norm2 = layernorm(eps = eps)
    x = norm1(src) if norm_first else src
    attended = self_attn(x, attn_mask = src_mask, key_padding_mask = src_key_padding_mask,
                         is_causal = is_causal)
    y = src + dropout(attended, p = p)
    if not norm_first {
        y = norm1(y)
    }
    z = norm2(y) if norm_first else y
    z = dropout(activation(linear1(z)), p = p)
    y += dropout(linear2(z), p = p)
    if not norm_first {
        y = norm2(y)
    }
    return y
}

# sinusoids(time, dim): the places of a sequence as sines and cosines of falling frequencies, to be added to
# embeddings:
#     sin(t / 10000^(2 i / dim)) at 2 i, the cosine at 2 i + 1
# Shapes: result f32[time, dim]
# PyTorch: none; the table of its tutorials, pe[pos, 2i] = sin(pos * div_term[i]), pe[pos, 2i + 1] = cos(...)
# Example:
#     print sinusoids(2, 4)
#     > [[0.0000, 1.0000, 0.0000, 1.0000],
#     >  [0.8415, 0.5403, 0.0100, 0.9999]]
def sinusoids(time, dim) {
    i = arange(dim)
    angle = f32(reshape(arange(time), time, 1)) * exp(f32(i // 2) * (-2 * log(10000.0) / dim))
    return where(i % 2 == 0, sin(angle), cos(angle))
}
