y = scan t in 0..3 {
    yield sum(ones(t))
}
z = scan t in 0..3 {
    yield t if t > 1 else 0
}
print y, z
#! scan_index_as_shape.dsl:2:20: error: a dimension must be an integer, not the index of a scan, which is known only at run time
#!     2 |     yield sum(ones(t))
#!       |                    ^
#! scan_index_as_shape.dsl:5:16: error: 'if' chooses when compiling, and bool is known only at run time
#!     5 |     yield t if t > 1 else 0
#!       |                ^~~~~ choose values with where(c, a, b)
#! 2 errors
