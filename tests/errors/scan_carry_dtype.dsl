scan t in 0..4 with total = 0 {
    total = total + 0.5
}
print total
#! scan_carry_dtype.dsl:2:5: error: 'total' is carried as i64, but is f32 at the end of a turn
#!     2 |     total = total + 0.5
#!       |     ^~~~~
#! scan_carry_dtype.dsl:1:29: note: it begins as i64 here
#!     1 | scan t in 0..4 with total = 0 {
#!       |                             ^
