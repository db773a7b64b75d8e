input x: f32[batch, 8]
input y: f32[batch, 3]
loss = cross_entropy(x |> linear(4), y)
data train { x = randn(8, 8)
 y = randn(8, 3) }
train { minimize loss with sgd() }
#! pytorch_crossent_onehot.dsl:3:8: error: the labels are f32[batch, 3]; to choose along axis 1 of f32[batch, 4] they must be i64[batch]
#!     3 | loss = cross_entropy(x |> linear(4), y)
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! losses.dsl:65:37: note: found here, in the library
#!    65 |     return -mean_counted(pick(logp, class, axis = class_axis(logp)), label, ignore_index)
#!       |                                     ^~~~~
