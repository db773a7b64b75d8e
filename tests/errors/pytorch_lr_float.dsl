input x: f32[batch, 8]
loss = mean(x |> linear(4))
data train { x = randn(8, 8) }
train { minimize loss with sgd(learning_rate = 1e-3) }
#! pytorch_lr_float.dsl:4:32: error: 'sgd' has no argument 'learning_rate'
#!     4 | train { minimize loss with sgd(learning_rate = 1e-3) }
#!       |                                ^~~~~~~~~~~~~ sgd(lr = 1e-3, momentum = 0.0, dampening = 0.0, nesterov = false, weight_decay = 0.0, maximize = false)
