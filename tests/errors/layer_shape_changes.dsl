input a: f32[batch, 3]
input b: f32[batch, 5]
fc = linear(4)
output y = fc(a)
output z = fc(b)
#! layer_shape_changes.dsl:5:12: error: 'fc.weight' is needed as f32[4, 5], but is f32[4, 3]
#!     5 | output z = fc(b)
#!       |            ^~~~~
#! layers.dsl:18:5: note: found here, in the library
#!    18 |     param weight: t[out, n] = uniform(-1 / sqrt(n), 1 / sqrt(n))
#!       |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! layer_shape_changes.dsl:4:12: note: 'fc.weight' got its shape where 'fc' was first applied, here
#!     4 | output y = fc(a)
#!       |            ^~~~~
