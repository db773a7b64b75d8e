x = * 2
y = )
z = 3
def (x) = x
#! syntax_several_errors.dsl:1:5: error: expected a value, found '*'
#!     1 | x = * 2
#!       |     ^
#! syntax_several_errors.dsl:2:5: error: expected a value, found ')'
#!     2 | y = )
#!       |     ^
#! syntax_several_errors.dsl:4:5: error: expected a name, found '('
#!     4 | def (x) = x
#!       |     ^
#! 3 errors
