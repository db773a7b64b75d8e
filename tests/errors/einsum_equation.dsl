a = zeros(3, 4)
input x: f32[batch, 4]
print einsum("ij,jk->ik", a)
print einsum("i->i", a)
print einsum("ijk->i", a)
print einsum("ij->k", a)
print einsum("ij->ii", a)
print einsum("i1->i", a)
print einsum("......->", a)
print einsum("ij->ij->", a)
print einsum(a, a)
print einsum("ij,ij->ij", a > 0, a > 0)
output y = einsum("bi,ci->bc", x, x)
#! einsum_equation.dsl:3:14: error: einsum: the equation has 2 operands, but 1 is given
#!     3 | print einsum("ij,jk->ik", a)
#!       |              ^~~~~~~~~~~
#! einsum_equation.dsl:4:14: error: einsum: 'i' labels 1 axis, but operand 1 is f32[3, 4]
#!     4 | print einsum("i->i", a)
#!       |              ^~~~~~ '...' stands for the axes that have no label
#! einsum_equation.dsl:5:14: error: einsum: 'ijk' labels 3 axes, but operand 1 is f32[3, 4]
#!     5 | print einsum("ijk->i", a)
#!       |              ^~~~~~~~
#! einsum_equation.dsl:6:14: error: einsum: label 'k' of the result is in no operand
#!     6 | print einsum("ij->k", a)
#!       |              ^~~~~~~
#! einsum_equation.dsl:7:14: error: einsum: label 'i' stands twice in the result
#!     7 | print einsum("ij->ii", a)
#!       |              ^~~~~~~~
#! einsum_equation.dsl:8:14: error: einsum: '1' is no label
#!     8 | print einsum("i1->i", a)
#!       |              ^~~~~~~ labels are letters, as in "ij,jk->ik"
#! einsum_equation.dsl:9:14: error: einsum: a term has two ellipses
#!     9 | print einsum("......->", a)
#!       |              ^~~~~~~~~~
#! einsum_equation.dsl:10:14: error: einsum: the result is one term, the last
#!    10 | print einsum("ij->ij->", a)
#!       |              ^~~~~~~~~~
#! einsum_equation.dsl:11:14: error: einsum needs an equation, not f32[3, 4]
#!    11 | print einsum(a, a)
#!       |              ^ einsum("ij,jk->ik", a, b)
#! einsum_equation.dsl:12:7: error: einsum cannot multiply bools
#!    12 | print einsum("ij,ij->ij", a > 0, a > 0)
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ convert them: f32(...)
#! einsum_equation.dsl:13:12: error: einsum: a product would be batch x batch
#!    13 | output y = einsum("bi,ci->bc", x, x)
#!       |            ^~~~~~~~~~~~~~~~~~~~~~~~~
#! 11 errors
