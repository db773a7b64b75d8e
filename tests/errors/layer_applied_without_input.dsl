fc = linear(4)
output y = fc()
#! layer_applied_without_input.dsl:2:12: error: 'linear' needs its argument 'x'
#!     2 | output y = fc()
#!       |            ^~~~ linear(x)
