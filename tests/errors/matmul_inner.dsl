input x: f32[batch, 64]
param w = zeros(128, 10)
output y = x @ w
#! matmul_inner.dsl:3:14: error: cannot multiply f32[batch, 64] by f32[128, 10]
#!     3 | output y = x @ w
#!       |              ^ inner dimensions differ: 64 and 128
#! matmul_inner.dsl:1:1: note: f32[batch, 64] comes from here
#!     1 | input x: f32[batch, 64]
#!       | ^~~~~~~~~~~~~~~~~~~~~~~
#! matmul_inner.dsl:2:1: note: f32[128, 10] comes from here
#!     2 | param w = zeros(128, 10)
#!       | ^~~~~~~~~~~~~~~~~~~~~~~~
