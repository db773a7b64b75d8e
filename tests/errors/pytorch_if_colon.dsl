x = 3
if x > 2:
    print x
#! pytorch_if_colon.dsl:2:9: error: expected '{', found ':'
#!     2 | if x > 2:
#!       |         ^ a block is written in { }
