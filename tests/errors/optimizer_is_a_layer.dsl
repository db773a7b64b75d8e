input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train { minimize loss with linear(3) }
#! optimizer_is_a_layer.dsl:4:28: error: behind 'with' stands an optimizer, not the layer 'linear2'
#!     4 | train { minimize loss with linear(3) }
#!       |                            ^~~~~~~~~
