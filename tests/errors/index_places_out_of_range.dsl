x = zeros(3, 4)
print x[:, [0, 4]]
#! index_places_out_of_range.dsl:2:12: error: index 4 is outside axis 1 of f32[3, 4]
#!     2 | print x[:, [0, 4]]
#!       |            ^~~~~~ -4 to 3 are there
