const n = 3
if n = 3 {
    print n
}
#! syntax_assign_in_condition.dsl:2:6: error: expected '{', found '='
#!     2 | if n = 3 {
#!       |      ^ to compare, write '=='
