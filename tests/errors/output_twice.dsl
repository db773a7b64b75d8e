input x: f32[batch, 3]
output y = x
output y = x * 2
#! output_twice.dsl:3:8: error: 'y' is declared twice
#!     3 | output y = x * 2
#!       |        ^
#! output_twice.dsl:2:1: note: it was declared here first
#!     2 | output y = x
#!       | ^~~~~~~~~~~~
