x = zeros(3)
x[0] += 1
print x
#! pytorch_elem_update.dsl:2:1: error: cannot assign to an element
#!     2 | x[0] += 1
#!       | ^~~~ names are rebound, elements never change; see where()
