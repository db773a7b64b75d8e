input x: f32[batch, 5, 4]
input y: f32[batch, 1]
h = x |> lstm(3)
p = h |> flatten |> linear(1)
loss = mse_loss(p, y)
train { minimize loss with sgd(lr = 0.1) }
#! pytorch_lstm_not_unpacked.dsl:4:5: error: cannot stack f32[batch, 5, 3] and f32[batch, 1, 3]: their shapes differ
#!     4 | p = h |> flatten |> linear(1)
#!       |     ^ if these 3 values belong together: name each (a, b = ...), or take one, as in values[0]
