# shared_heads.dsl -- attention in which heads of queries share heads of keys: all that comes before, masked by bools,
# masked by numbers with dropout, and a query after more keys than there are queries.

const time  = 21                              # queries of a head; two heads share their keys
const keys  = 0                               # keys beyond those of the queries
const width = 8

input x: f32[batch, time, width]
input z: f32[batch, time + keys, width]
input y: f32[batch, time, width]

def heads(x, n) = transpose(reshape(x, -1, size(x, axis = 1), n, width), 1, 2)
module shared(kind)(x) {
    q = heads(x |> linear(4 * width), 4)
    k = heads(z |> linear(2 * width), 2)
    v = heads(z |> linear(2 * width), 2)
    near = tril(ones(time, time + keys), diagonal = 3)
    seen = v
    if kind == "causal" {
        seen = attention(q, k, v, causal = true, enable_gqa = true)
    } else if kind == "near" {
        seen = attention(q, k, v, mask = near > 0, enable_gqa = true)
    } else {
        seen = attention(q, k, v, mask = sin(near * 3), dropout_p = 0.2, enable_gqa = true)
    }
    return x + (reshape(transpose(seen, 1, 2), -1, time, 4 * width) |> linear(width))
}

out  = x |> shared("causal") |> shared("near") |> shared("weighted")
loss = mse_loss(out, y)
output result = out

data train {
    x = randn(5, time, width)
    z = randn(5, time + keys, width)
    y = randn(5, time, width)
}
data test {
    x = randn(2, time, width)
    z = randn(2, time + keys, width)
    y = randn(2, time, width)
}

train {
    minimize loss with sgd(lr = 0.2)
    batch  = 2
    epochs = 3
}
