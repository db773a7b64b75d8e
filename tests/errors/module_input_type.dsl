input x: f32[batch, 4]
module half(n)(v: f32[.., n]) {
    return v / 2
}
output y = x |> half(3)
#! module_input_type.dsl:5:12: error: 'v' is f32[batch, 4], but is declared f32[.., n]
#!     5 | output y = x |> half(3)
#!       |            ^ dimension 1 is 4, not n = 3
#! module_input_type.dsl:5:17: note: in the call of 'half', here
#!     5 | output y = x |> half(3)
#!       |                 ^~~~~~~
