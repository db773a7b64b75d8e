input x: f32[batch, 8]
loss = mean(x |> linear(4))
data train { x = randn(8, 8) }
train { minimize loss with sgd()
 batch_size = 4 }
#! pytorch_batch_size.dsl:5:2: error: train has no setting 'batch_size'
#!     5 |  batch_size = 4 }
#!       |  ^~~~~~~~~~ write batch = 32
