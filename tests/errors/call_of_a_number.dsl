const n = 3
print n(1)
#! call_of_a_number.dsl:2:7: error: 'n' is the integer 3, not a function
#!     2 | print n(1)
#!       |       ^~~~
