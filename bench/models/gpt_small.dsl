# gpt_small: a transformer of 4 layers, 4 heads, width 128, context 128; 65 letters, batch 16, AdamW.
const layers = 4
const heads = 4
const width = 128
const time = 128
input text: i32[batch, time]
input next: i32[batch, time]

module block(heads)(x: f32[batch, time, width]) {
    norm1 = layernorm()
    norm2 = layernorm()
    qkv   = linear(3 * width)
    proj  = linear(width)
    up    = linear(4 * width)
    down  = linear(width)
    parts = reshape(x |> norm1 |> qkv, -1, time, 3, heads, width // heads)
    q = transpose(parts[:, :, 0], 1, 2)
    k = transpose(parts[:, :, 1], 1, 2)
    v = transpose(parts[:, :, 2], 1, 2)
    mixed = attention(q, k, v, causal = true)
    x += reshape(transpose(mixed, 1, 2), -1, time, width) |> proj
    x += x |> norm2 |> up |> gelu |> down
    return x
}
letters = embedding(65, width)
param place: f32[time, width] = normal(0.0, 0.02)
norm = layernorm()
head = linear(65, bias = false)

x = letters(text) + place
for i in 0..layers {
    x = x |> block(heads)
}
logits = x |> norm |> head
loss   = cross_entropy(reshape(logits, -1, 65), reshape(next, -1))

data train { text = npy("text128.npy")
             next = npy("next128.npy") }
train { minimize loss with adamw(lr = 1e-3)
        batch = 16 }
