x = zeros(3, 4)
print x[5], x[0][7]
#! pytorch_chained_idx.dsl:2:9: error: index 5 is outside axis 0 of f32[3, 4]
#!     2 | print x[5], x[0][7]
#!       |         ^ -3 to 2 are there
#! pytorch_chained_idx.dsl:2:18: error: index 7 is outside axis 0 of f32[4]
#!     2 | print x[5], x[0][7]
#!       |                  ^ -4 to 3 are there
#! 2 errors
