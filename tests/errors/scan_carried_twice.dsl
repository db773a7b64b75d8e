scan t in 0..3 with a = 1, a = 2 {
    a += t
}
print a
#! scan_carried_twice.dsl:1:28: error: 'a' is carried twice
#!     1 | scan t in 0..3 with a = 1, a = 2 {
#!       |                            ^
