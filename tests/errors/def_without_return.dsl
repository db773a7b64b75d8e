def f(x) {
    y = x
}
print f(3)
#! def_without_return.dsl:1:5: error: 'f' ends without a return
#!     1 | def f(x) {
#!       |     ^
#! def_without_return.dsl:4:7: note: in the call of 'f', here
#!     4 | print f(3)
#!       |       ^~~~
