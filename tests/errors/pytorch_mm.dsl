a = zeros(2, 3)
print mm(a, a)
#! pytorch_mm.dsl:2:7: error: unknown name 'mm'
#!     2 | print mm(a, a)
#!       |       ^~ write a @ b
