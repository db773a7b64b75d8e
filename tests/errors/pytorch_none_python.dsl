x = zeros(2, 3)
print sum(x, axis = None)
#! pytorch_none_python.dsl:2:21: error: 'None' is written 'none' here
#!     2 | print sum(x, axis = None)
#!       |                     ^~~~
