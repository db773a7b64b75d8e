x = ones(3)
scan t in x with s = 0.0 {
    s += t
}
print s
#! scan_over_tensor.dsl:2:11: error: 'scan' goes over a range known when compiling, not f32[3]
#!     2 | scan t in x with s = 0.0 {
#!       |           ^
