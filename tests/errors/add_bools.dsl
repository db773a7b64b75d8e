a = zeros(3) == 0
print a + a
#! add_bools.dsl:2:9: error: cannot add bools
#!     2 | print a + a
#!       |         ^ use 'and', 'or', 'not', or convert: f32(...)
