for i in range(3) {
    print i
}
#! pytorch_range3.dsl:1:10: error: unknown name 'range'
#!     1 | for i in range(3) {
#!       |          ^~~~~ write 0..3, as in for i in 0..3
