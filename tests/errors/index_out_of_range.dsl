x = zeros(3)
print x[3]
#! index_out_of_range.dsl:2:9: error: index 3 is outside axis 0 of f32[3]
#!     2 | print x[3]
#!       |         ^ -3 to 2 are there
