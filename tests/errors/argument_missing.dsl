def scale(x, by) = x * by
print scale(3.0)
#! argument_missing.dsl:2:7: error: 'scale' needs its argument 'by'
#!     2 | print scale(3.0)
#!       |       ^~~~~~~~~~ scale(x, by)
