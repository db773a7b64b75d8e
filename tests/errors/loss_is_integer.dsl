input x: f32[batch, 3]
y = x |> linear(1)
loss = sum(i32(y))
data train { x = randn(10, 3) }
train { minimize loss with sgd() }
#! loss_is_integer.dsl:5:18: error: the loss must be one float number, not i64
#!     5 | train { minimize loss with sgd() }
#!       |                  ^~~~ convert it: f32(...)
