input x: f32[batch, 8]
input y: f32[batch]
loss = cross_entropy(x |> linear(4), y)
#! pytorch_crossent_dtype.dsl:3:8: error: the labels are f32[batch]; to choose along axis 1 of f32[batch, 4] they must be i64[batch]
#!     3 | loss = cross_entropy(x |> linear(4), y)
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! losses.dsl:113:25: note: found here, in the library
#!   113 |     chosen = pick(logp, label_class(label, ignore_index), axis = class_axis(logp, label))
#!       |                         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
