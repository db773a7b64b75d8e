module scaled()(x: f32[n]) {
    param w: f32[n] = x
    return w * x
}
layer = scaled()
y = scan t in 0..3 {
    yield layer(ones(2) * t)
}
print y
#! scan_first_value_inside.dsl:2:23: error: 'x' is a value of a scan's turn: the first value of a parameter or state cannot depend on it
#!     2 |     param w: f32[n] = x
#!       |                       ^
#! scan_first_value_inside.dsl:7:11: note: in the call of 'scaled', here
#!     7 |     yield layer(ones(2) * t)
#!       |           ^~~~~~~~~~~~~~~~~~
