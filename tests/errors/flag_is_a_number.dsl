input x: f32[batch, 3]
output y = x |> linear(3, 4)
#! flag_is_a_number.dsl:2:27: error: 'bias' is true or false, not the integer 4
#!     2 | output y = x |> linear(3, 4)
#!       |                           ^ linear(out, bias = true)
#! flag_is_a_number.dsl:2:17: note: in the call of 'linear', here
#!     2 | output y = x |> linear(3, 4)
#!       |                 ^~~~~~~~~~~~
