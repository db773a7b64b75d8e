const n = 3
for i in n {
    print i
}
#! for_over_number.dsl:2:10: error: 'for' goes over a range or a list known when compiling, not the integer 3
#!     2 | for i in n {
#!       |          ^ write 0..n for n turns
