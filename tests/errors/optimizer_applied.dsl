input x: f32[batch, 3]
output y = x |> sgd
#! optimizer_applied.dsl:2:12: error: expected a tensor, found the optimizer 'sgd'
#!     2 | output y = x |> sgd
#!       |            ^~~~~~~~
