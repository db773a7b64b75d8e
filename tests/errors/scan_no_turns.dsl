scan t in 3..3 with s = 0.0 {
    s += 1.0
}
print s
#! scan_no_turns.dsl:1:11: error: a scan needs a turn at least, and the range 3..3 has none
#!     1 | scan t in 3..3 with s = 0.0 {
#!       |           ^~~~
