for i in 0..3:
    print i
#! syntax_python_colon.dsl:1:14: error: expected '{', found ':'
#!     1 | for i in 0..3:
#!       |              ^ a block is written in { }
