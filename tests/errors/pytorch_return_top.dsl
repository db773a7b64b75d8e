return 3
#! pytorch_return_top.dsl:1:1: error: return cannot stand at the top of a file
#!     1 | return 3
#!       | ^~~~~~~~
