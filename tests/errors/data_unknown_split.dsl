input x: f32[batch, 3]
loss = mean(x |> linear(1))
data trian { x = randn(10, 3) }
train { minimize loss with sgd() }
#! data_unknown_split.dsl:3:6: error: there is no data split 'trian'
#!     3 | data trian { x = randn(10, 3) }
#!       |      ^~~~~ did you mean 'train'?
