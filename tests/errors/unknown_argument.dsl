def scale(x, by = 2) = x * by
print scale(3.0, bye = 4)
#! unknown_argument.dsl:2:18: error: 'scale' has no argument 'bye'; did you mean 'by'?
#!     2 | print scale(3.0, bye = 4)
#!       |                  ^~~ scale(x, by = 2)
