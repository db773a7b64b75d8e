input x: f32[batch, 8]
output y = x |> BatchNorm1d(8)
#! pytorch_batchnorm_caps.dsl:2:17: error: unknown name 'BatchNorm1d'
#!     2 | output y = x |> BatchNorm1d(8)
#!       |                 ^~~~~~~~~~~ did you mean 'batchnorm1d'?
