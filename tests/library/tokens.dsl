# tokens.dsl -- a small language model, for `./tokens check`: embedding, transformer, losses of labels that do not
# count, running totals and sorted values, each gradient against differences in f64.
input ids: i64[batch, 4]
input next: i64[batch, 4]
input kind: i32[batch]

h = ids |> embedding(7, 4, padding_idx = 0)
h = h + sinusoids(4, 4)
h = h |> transformer_encoder_layer(4, 2, dim_feedforward = 6, p = 0.0, norm_first = true, activation = gelu)
causal = triu(ones(4, 4), diagonal = 1) > 0
heads = multihead_attention(4, 2)
h = h + heads(h, attn_mask = causal, key_padding_mask = (ids == 0) and (arange(4) > 0))
logits = h |> linear(7)
chosen = h[:, 0] |> linear(3)
values, order = sort(h[:, 1])
param bank: f32[5, 4] = normal()
loss = cross_entropy(logits, next, ignore_index = 0, label_smoothing = 0.1) +
       multi_margin_loss(chosen, kind) +
       mean(cumsum(h, axis = 1) ** 2) +
       mean(cumprod(chosen, axis = 1)) +
       sum(values * [0.1, 0.2, 0.3, 0.4]) / 8 +
       mean(bank[ids % 5, unsqueeze(kind, 1)] * h[:, :, 0]) +
       mean(cosine_similarity(h[:, 2], h[:, 3]))

metric right = accuracy(logits, next, ignore_index = 0)
metric matrix = confusion_matrix(chosen, kind)

data train {
    ids = randint(0, 7, 10, 4)
    next = randint(0, 7, 10, 4)
    kind = i32(randint(0, 3, 10))
}

train {
    minimize loss with adamw(lr = 1e-3)
    batch = 5
}
