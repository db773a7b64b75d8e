def f(x):
    return x * 2
#! pytorch_def_colon.dsl:1:9: error: expected '{' or '=', found ':'
#!     1 | def f(x):
#!       |         ^ a block is written in { }
