option deep = true
if deep {
    print 1
}
#! if_on_option.dsl:2:4: error: 'if' chooses when compiling, and the option 'deep' is known only at run time
#!     2 | if deep {
#!       |    ^~~~ make it a const, or choose values with where(c, a, b)
