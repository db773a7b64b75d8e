x = zeros(3, 4)
print x[[0, 1], [0, 1, 2]]
#! index_places_shapes.dsl:2:17: error: cannot index together i64[2] and i64[3]
#!     2 | print x[[0, 1], [0, 1, 2]]
#!       |                 ^~~~~~~~~ 2 and 3 differ in the last axis
