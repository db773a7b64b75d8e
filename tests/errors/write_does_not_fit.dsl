state seen = zeros(3)
seen <- zeros(4)
#! write_does_not_fit.dsl:2:9: error: 'seen' is f32[3]: a value of f32[4] does not fit
#!     2 | seen <- zeros(4)
#!       |         ^~~~~~~~
