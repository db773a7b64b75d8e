a = zeros(3, 4)
b = zeros(5, 2)
print einsum("ij,jk->ik", a, b)
#! einsum_label_sizes.dsl:3:14: error: einsum: label 'j' is 4 in operand 1, f32[3, 4], but 5 in operand 2, f32[5, 2]
#!     3 | print einsum("ij,jk->ik", a, b)
#!       |              ^~~~~~~~~~~
