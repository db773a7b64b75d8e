x = zeros(3)
print x[None, :]
#! pytorch_none_index.dsl:2:9: error: 'None' is written 'none' here
#!     2 | print x[None, :]
#!       |         ^~~~
