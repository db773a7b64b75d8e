const flag = True
print flag
#! syntax_python_true.dsl:1:14: error: 'True' is written 'true' here
#!     1 | const flag = True
#!       |              ^~~~
