input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 4) }
train { minimize loss with sgd() }
#! data_shape.dsl:3:18: error: 'x' is f32[10, 4], but input 'x' is f32[batch, 3]
#!     3 | data train { x = randn(10, 4) }
#!       |                  ^~~~~~~~~~~~ its first dimension is the samples
