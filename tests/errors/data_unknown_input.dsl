input image: f32[batch, 3]
loss = mean(image |> linear(1))
data train { imgae = randn(10, 3) }
train { minimize loss with sgd() }
#! data_unknown_input.dsl:3:14: error: there is no input 'imgae'
#!     3 | data train { imgae = randn(10, 3) }
#!       |              ^~~~~ did you mean 'image'?
