module block(n)(x: f32[batch, n]) {
    h = x |> linear(n * 2) |> relu
    return h + x
}
input x: f32[batch, 8]
output y = x |> block(8)
#! pytorch_deep_shape.dsl:3:14: error: cannot add f32[batch, 16] and f32[batch, 8]
#!     3 |     return h + x
#!       |              ^ 16 and 8 differ in the last axis
#! pytorch_deep_shape.dsl:6:17: note: in the call of 'block', here
#!     6 | output y = x |> block(8)
#!       |                 ^~~~~~~~
#! pytorch_deep_shape.dsl:2:31: note: f32[batch, 16] comes from here
#!     2 |     h = x |> linear(n * 2) |> relu
#!       |                               ^~~~
#! pytorch_deep_shape.dsl:5:1: note: f32[batch, 8] comes from here
#!     5 | input x: f32[batch, 8]
#!       | ^~~~~~~~~~~~~~~~~~~~~~
