input x: f32[batch, 8]
loss = mean(x |> linear(4))
data train { x = randn(8, 8) }
train { minimize loss with Adam(lr = 1e-3) }
#! pytorch_optim_name.dsl:4:28: error: unknown name 'Adam'
#!     4 | train { minimize loss with Adam(lr = 1e-3) }
#!       |                            ^~~~ did you mean 'adam'?
