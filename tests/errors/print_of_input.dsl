input x: f32[batch, 3]
print mean(x)
output y = x
#! print_of_input.dsl:2:7: error: what is printed cannot depend on input 'x'
#!     2 | print mean(x)
#!       |       ^~~~~~~
