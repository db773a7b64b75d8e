input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train { minimize loss with sgd(rate = 0.1) }
#! optimizer_unknown_argument.dsl:4:32: error: 'sgd' has no argument 'rate'
#!     4 | train { minimize loss with sgd(rate = 0.1) }
#!       |                                ^~~~ sgd(lr = 1e-3, momentum = 0.0, dampening = 0.0, nesterov = false, weight_decay = 0.0, maximize = false)
