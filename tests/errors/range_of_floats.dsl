for i in 0..2.5 {
    print i
}
#! range_of_floats.dsl:1:13: error: the end of a range must be an integer, not the number 2.5
#!     1 | for i in 0..2.5 {
#!       |             ^~~
