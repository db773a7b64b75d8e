x = ones(2, 5)
y = scan t in 0..5 {
    yield x[:, t + 1]
}
z = scan t in 0..5 {
    yield x[:, t - 1]
}
print y, z
#! scan_index_outside.dsl:3:16: error: in the last turn this index is 5, and axis 1 of f32[2, 5] has 5 places
#!     3 |     yield x[:, t + 1]
#!       |                ^~~~~
#! scan_index_outside.dsl:6:16: error: in the first turn this index is -1, and axis 1 of f32[2, 5] has 5 places
#!     6 |     yield x[:, t - 1]
#!       |                ^~~~~
#! 2 errors
