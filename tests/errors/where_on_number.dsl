x = zeros(3)
print where(x, 1.0, 2.0)
#! where_on_number.dsl:2:13: error: where needs a condition of bools, not f32[3]
#!     2 | print where(x, 1.0, 2.0)
#!       |             ^ compare it: x != 0
