def scale(x, by = 2) = x * by
print scale(3.0, 2, by = 4)
#! argument_twice.dsl:2:21: error: argument 'by' is given twice: it is argument 2, and named too
#!     2 | print scale(3.0, 2, by = 4)
#!       |                     ^~ scale(x, by = 2)
