def twice(x) = 2 * x
print twice(3.0, 4)
#! argument_too_many.dsl:2:18: error: 'twice' takes 1 argument, found 2
#!     2 | print twice(3.0, 4)
#!       |                  ^ twice(x)
