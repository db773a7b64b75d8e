input x: f32[batch, 3]
output y = x |> ReLU()
#! pytorch_ReLU.dsl:2:17: error: unknown name 'ReLU'
#!     2 | output y = x |> ReLU()
#!       |                 ^~~~ write relu
