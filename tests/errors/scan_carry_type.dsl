x = ones(4, 3)
scan t in 0..4 with h = zeros(3) {
    h = concat([h, x[t]])
}
print h
#! scan_carry_type.dsl:3:5: error: 'h' is carried as f32[3], but is f32[6] at the end of a turn
#!     3 |     h = concat([h, x[t]])
#!       |     ^
#! scan_carry_type.dsl:2:25: note: it begins as f32[3] here
#!     2 | scan t in 0..4 with h = zeros(3) {
#!       |                         ^~~~~~~~
