input logits: f32[batch, 10]
input label: f32[batch]
output loss = cross_entropy(logits, label)
#! cast_of_float_to_index.dsl:3:15: error: the labels are f32[batch]; to choose along axis 1 of f32[batch, 10] they must be i64[batch]
#!     3 | output loss = cross_entropy(logits, label)
#!       |               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! losses.dsl:45:37: note: found here, in the library
#!    45 |     return -mean_counted(pick(logp, class, axis = class_axis(logp)), label, ignore_index)
#!       |                                     ^~~~~
