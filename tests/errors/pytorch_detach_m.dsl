param x = [1.0]
print grad(sum(x.detach() * x), x), x.sum(), x.clone()
#! pytorch_detach_m.dsl:2:48: error: unknown name 'clone'
#!     2 | print grad(sum(x.detach() * x), x), x.sum(), x.clone()
#!       |                                                ^~~~~ nothing is changed in place: leave it out
