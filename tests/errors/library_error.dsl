input a: f32[batch, 1]
input b: i32[batch]
loss = cross_entropy(a, f32(b))
output y = loss
#! library_error.dsl:3:8: error: the labels are f32[batch]; to choose along axis 1 of f32[batch, 1] they must be i64[batch]
#!     3 | loss = cross_entropy(a, f32(b))
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~
#! losses.dsl:113:25: note: found here, in the library
#!   113 |     chosen = pick(logp, label_class(label, ignore_index), axis = class_axis(logp, label))
#!       |                         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
