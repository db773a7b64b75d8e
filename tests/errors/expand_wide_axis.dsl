print expand(zeros(2, 3), 4, 3)
#! expand_wide_axis.dsl:1:7: error: cannot expand f32[2, 3] and f32[4, 3]
#!     1 | print expand(zeros(2, 3), 4, 3)
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~ 2 and 4 differ, and neither is 1
