x = 1; y = 2
#! pytorch_semicolon.dsl:1:6: error: statements end with the line, not with ';'
#!     1 | x = 1; y = 2
#!       |      ^ put the next statement on a line of its own
