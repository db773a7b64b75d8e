a = zeros(2, 3)
a.add_(1)
print a
#! pytorch_add_inplace.dsl:2:1: error: this value is not used
#!     2 | a.add_(1)
#!       | ^~~~~~~~~ nothing is changed in place: write x = add(x, ...)
