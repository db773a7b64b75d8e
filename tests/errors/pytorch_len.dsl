a = zeros(2, 3)
print len(a)
#! pytorch_len.dsl:2:7: error: unknown name 'len'
#!     2 | print len(a)
#!       |       ^~~ write size(x, 0)
