for i in 0..100001 {
    x = i
}
#! for_too_long.dsl:1:1: error: more than 100000 turns of loops, which are unrolled
#!     1 | for i in 0..100001 {
#!       | ^~~~~~~~~~~~~~~~~~
