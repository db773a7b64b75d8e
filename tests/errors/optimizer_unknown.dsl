input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train { minimize loss with adm(lr = 1) }
#! optimizer_unknown.dsl:4:28: error: unknown name 'adm'
#!     4 | train { minimize loss with adm(lr = 1) }
#!       |                            ^~~ did you mean 'adam'?
