print zeros(3) and zeros(3)
#! logic_on_numbers.dsl:1:16: error: 'and' and 'or' need bools, not f32[3]
#!     1 | print zeros(3) and zeros(3)
#!       |                ^~~ compare first: x != 0
