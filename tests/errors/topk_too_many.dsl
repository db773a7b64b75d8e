x = [1.0, 2.0]
print topk(x, 3)
#! topk_too_many.dsl:2:7: error: topk of [1, 2]: there are 2 elements along axis -1, not 3
#!     2 | print topk(x, 3)
#!       |       ^~~~~~~~~~
