input logits: f32[batch, 10]
input label: f32[batch]
output loss = cross_entropy(logits, label)
#! cast_of_float_to_index.dsl:3:15: error: the labels are f32[batch]; to choose along axis 1 of f32[batch, 10] they must be i64[batch]
#!     3 | output loss = cross_entropy(logits, label)
#!       |               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! losses.dsl:113:25: note: found here, in the library
#!   113 |     chosen = pick(logp, label_class(label, ignore_index), axis = class_axis(logp, label))
#!       |                         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
