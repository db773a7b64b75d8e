input x: f32[batch, 3]
output y = x |> Linear(4)
#! pytorch_Linear_caps.dsl:2:17: error: unknown name 'Linear'
#!     2 | output y = x |> Linear(4)
#!       |                 ^~~~~~ did you mean 'linear'?
