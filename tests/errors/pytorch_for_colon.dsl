for i in range(3):
    print(i)
#! pytorch_for_colon.dsl:1:18: error: expected '{', found ':'
#!     1 | for i in range(3):
#!       |                  ^ a block is written in { }
