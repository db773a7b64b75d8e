input x: f32[batch, 8]
input y: f32[batch]
loss = cross_entropy(x |> linear(4), y)
#! pytorch_crossent_dtype.dsl:3:8: error: the labels are f32[batch]; to choose along axis 1 of f32[batch, 4] they must be i64[batch]
#!     3 | loss = cross_entropy(x |> linear(4), y)
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! losses.dsl:65:37: note: found here, in the library
#!    65 |     return -mean_counted(pick(logp, class, axis = class_axis(logp)), label, ignore_index)
#!       |                                     ^~~~~
