return 3
#! syntax_return_outside.dsl:1:1: error: return cannot stand at the top of a file
#!     1 | return 3
#!       | ^~~~~~~~
