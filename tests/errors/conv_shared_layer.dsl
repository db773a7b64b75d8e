input grey: f32[batch, 1, 8, 8]
input coloured: f32[batch, 3, 8, 8]
conv = conv2d(4, 3)
output a = grey |> conv
output b = coloured |> conv
#! conv_shared_layer.dsl:5:24: error: 'conv.weight' is needed as f32[4, 3, 3, 3], but is f32[4, 1, 3, 3]
#!     5 | output b = coloured |> conv
#!       |                        ^~~~
#! convolutions.dsl:69:5: note: found here, in the library
#!    69 |     param weight: t[out, n, k[0], k[1]] = uniform(-bound, bound)
#!       |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! conv_shared_layer.dsl:4:20: note: 'conv.weight' got its shape where 'conv' was first applied, here
#!     4 | output a = grey |> conv
#!       |                    ^~~~
