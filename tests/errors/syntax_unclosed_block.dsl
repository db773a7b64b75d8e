def f(x) {
    return x
#! syntax_unclosed_block.dsl:2:13: error: expected a statement or '}' (to close '{' at line 1), found the end of the file
#!     2 |     return x
#!       |             ^
