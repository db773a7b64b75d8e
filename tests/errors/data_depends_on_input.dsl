input x: f32[batch, 3]
y = x * 2
loss = mean(x |> linear(1))
data train { x = randn(10, 3) + mean(y) }
train { minimize loss with sgd() }
#! data_depends_on_input.dsl:4:14: error: the data of split 'train' cannot depend on 'x'
#!     4 | data train { x = randn(10, 3) + mean(y) }
#!       |              ^~~~~~~~~~~~~~~~~~~~~~~~~~
