def inner(x) = x + zeros(4)
def outer(x) = inner(x) * 2
print outer(zeros(3))
#! error_in_users_function.dsl:1:18: error: cannot add f32[3] and f32[4]
#!     1 | def inner(x) = x + zeros(4)
#!       |                  ^ 3 and 4 differ in the last axis
#! error_in_users_function.dsl:2:16: note: in the call of 'inner', here
#!     2 | def outer(x) = inner(x) * 2
#!       |                ^~~~~~~~
#! error_in_users_function.dsl:3:7: note: in the call of 'outer', here
#!     3 | print outer(zeros(3))
#!       |       ^~~~~~~~~~~~~~~
#! error_in_users_function.dsl:3:13: note: f32[3] comes from here
#!     3 | print outer(zeros(3))
#!       |             ^~~~~~~~
