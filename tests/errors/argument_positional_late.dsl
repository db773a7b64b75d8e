def scale(x, by = 2) = x * by
print scale(by = 3, 4.0)
#! argument_positional_late.dsl:2:21: error: a positional argument stands behind a named one
#!     2 | print scale(by = 3, 4.0)
#!       |                     ^~~ scale(x, by = 2)
