x = zeros(2, 3)
print sum(x, axes = 1)
#! builtin_unknown_argument.dsl:2:14: error: sum: there is no argument 'axes'; did you mean 'axis'?
#!     2 | print sum(x, axes = 1)
#!       |              ^~~~ sum(x, axis=, keepdims=)
