# attend.dsl -- attention over more keys than a warp has lanes, and a scan, for the mutants of their kernels.
input text: f32[batch, 37, 12]
input wanted: f32[batch, 9, 12]
q, k, v = split(text |> linear(36, bias = false), 12, axis = -1)
def heads(x) = transpose(reshape(x, -1, 37, 2, 6), 1, 2)
mixed = attention(heads(q), heads(k), heads(v), causal = true)
y, h = gru(5)(reshape(transpose(mixed, 1, 2), -1, 37, 12)[:, 4::4])
loss = mse_loss(y |> linear(12), wanted) + 0.01 * mean(cumsum(h, axis = -1))
data train { text = randn(5, 37, 12)
             wanted = randn(5, 9, 12) }
train { minimize loss with sgd(lr = 0.1)
        batch = 3
        epochs = 2 }
