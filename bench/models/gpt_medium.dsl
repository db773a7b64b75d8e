# gpt_medium: a transformer of 6 layers, 6 heads, width 384, context 256; 65 letters, batch 4, AdamW.
const layers = 6
const heads = 6
const width = 384
const time = 256
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

data train { text = npy("text256.npy")
             next = npy("next256.npy") }
train { minimize loss with adamw(lr = 1e-3)
        batch = 4 }
