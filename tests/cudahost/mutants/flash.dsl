# flash.dsl -- attention over more than 64 keys, for the mutants of its kernels.
input text: f32[batch, 70, 8]
input wanted: f32[batch, 70, 8]
def heads(x) = transpose(reshape(x, -1, 70, 2, 4), 1, 2)
q, k, v = split(text |> linear(24, bias = false), 8, axis = -1)
mixed = attention(heads(q), heads(k), heads(v), causal = true)
loss = mse_loss(reshape(transpose(mixed, 1, 2), -1, 70, 8), wanted)
data train { text = randn(3, 70, 8)
             wanted = randn(3, 70, 8) }
train { minimize loss with sgd(lr = 0.1)
        batch = 2
        epochs = 2 }
