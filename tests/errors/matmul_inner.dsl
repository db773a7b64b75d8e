input x: f32[batch, 64]
param w = zeros(128, 10)
output y = x @ w
#! matmul_inner.dsl:3:14: error: cannot multiply f32[batch, 64] by f32[128, 10]
#!     3 | output y = x @ w
#!       |              ^ inner dimensions differ: 64 and 128
