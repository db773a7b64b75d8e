input x: f32[batch, 3]
input y: f32[batch, 1]
loss = mse_loss(x |> linear(1), y)
data train { x = randn(10, 3)
             y = randn(12, 1) }
train { minimize loss with sgd() }
#! data_samples_differ.dsl:5:18: error: 'y' has 12 samples, but 'x' has 10
#!     5 |              y = randn(12, 1) }
#!       |                  ^~~~~~~~~~~~
