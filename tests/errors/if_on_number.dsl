const n = 3
if n {
    print n
}
#! if_on_number.dsl:2:4: error: the condition of 'if' must be true or false, not the integer 3
#!     2 | if n {
#!       |    ^
