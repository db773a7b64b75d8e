input x: f32[batch, 3]
loss = x |> linear(1)
data train { x = randn(10, 3) }
train { minimize loss with sgd() }
#! loss_not_scalar.dsl:4:18: error: the loss must be one float number, not f32[batch, 1]
#!     4 | train { minimize loss with sgd() }
#!       |                  ^~~~ take its mean(...)
