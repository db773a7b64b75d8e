a = zeros(2, 3)
b = zeros(2, 3)
print a @ b
#! pytorch_matmul_bad.dsl:3:9: error: cannot multiply f32[2, 3] by f32[2, 3]
#!     3 | print a @ b
#!       |         ^ inner dimensions differ: 3 and 2; to multiply by its rows, transpose it
#! pytorch_matmul_bad.dsl:1:5: note: f32[2, 3] comes from here
#!     1 | a = zeros(2, 3)
#!       |     ^~~~~~~~~~~
#! pytorch_matmul_bad.dsl:2:5: note: f32[2, 3] comes from here
#!     2 | b = zeros(2, 3)
#!       |     ^~~~~~~~~~~
