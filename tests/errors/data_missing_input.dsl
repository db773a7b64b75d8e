input x: f32[batch, 3]
input y: f32[batch, 1]
loss = mse_loss(x |> linear(1), y)
data train { x = randn(10, 3) }
train { minimize loss with sgd() }
#! data_missing_input.dsl:4:1: error: data 'train' gives no 'y'
#!     4 | data train { x = randn(10, 3) }
#!       | ^~~~~~~~~~
#! data_missing_input.dsl:2:1: note: training and evaluation need this input
#!     2 | input y: f32[batch, 1]
#!       | ^~~~~~~~~~~~~~~~~~~~~~
