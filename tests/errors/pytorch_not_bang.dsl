print !true
#! pytorch_not_bang.dsl:1:7: error: '!' is written 'not' here
#!     1 | print !true
#!       |       ^
