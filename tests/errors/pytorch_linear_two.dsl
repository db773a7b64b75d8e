input x: f32[batch, 3]
fc = linear(3, 4)
output y = fc(x)
#! pytorch_linear_two.dsl:2:16: error: 'bias' is true or false, not the integer 4
#!     2 | fc = linear(3, 4)
#!       |                ^ linear(out, bias = true)
#! pytorch_linear_two.dsl:2:6: note: in the call of 'linear', here
#!     2 | fc = linear(3, 4)
#!       |      ^~~~~~~~~~~~
