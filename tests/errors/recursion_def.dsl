def f(x) = g(x) + 1
def g(x) = f(x) * 2
print f(1.0)
#! recursion_def.dsl:2:12: error: 'f' is recursive: f -> g -> f
#!     2 | def g(x) = f(x) * 2
#!       |            ^~~~ calls are inlined, so none may lead back to itself
#! recursion_def.dsl:1:12: note: in the call of 'g', here
#!     1 | def f(x) = g(x) + 1
#!       |            ^~~~
#! recursion_def.dsl:3:7: note: in the call of 'f', here
#!     3 | print f(1.0)
#!       |       ^~~~~~
