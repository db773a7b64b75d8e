module block(width)(x: f32[batch, n]) {
    h = x |> linear(width) |> relu
    return h + x
}
module tower(width)(x) {
    return x |> block(8) |> block(width)
}
input image: f32[batch, 8]
output y = image |> tower(16)
#! deep_shapes_in_modules.dsl:3:14: error: cannot add f32[batch, 16] and f32[batch, 8]
#!     3 |     return h + x
#!       |              ^ 16 and 8 differ in the last axis
#! deep_shapes_in_modules.dsl:6:29: note: in the call of 'block', here
#!     6 |     return x |> block(8) |> block(width)
#!       |                             ^~~~~~~~~~~~
#! deep_shapes_in_modules.dsl:9:21: note: in the call of 'tower', here
#!     9 | output y = image |> tower(16)
#!       |                     ^~~~~~~~~
#! deep_shapes_in_modules.dsl:2:31: note: f32[batch, 16] comes from here
#!     2 |     h = x |> linear(width) |> relu
#!       |                               ^~~~
