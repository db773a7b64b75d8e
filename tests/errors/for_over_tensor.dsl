for x in zeros(3) {
    print x
}
#! for_over_tensor.dsl:1:10: error: 'for' goes over a range or a list known when compiling, not f32[3]
#!     1 | for x in zeros(3) {
#!       |          ^~~~~~~~
