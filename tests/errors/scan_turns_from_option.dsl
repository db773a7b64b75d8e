option time = 10
scan t in 0..time with s = 0 {
    s += t
}
print s
#! scan_turns_from_option.dsl:2:14: error: the end of a range must be an integer known when compiling, not the option 'time'
#!     2 | scan t in 0..time with s = 0 {
#!       |              ^~~~
