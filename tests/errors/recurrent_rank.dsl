# A sequence has a batch, a time and features; the error is the user's, not the library's loop's.
input x: f32[batch, 4]
y, h, c = x |> lstm(3)
output z = y
#! recurrent_rank.dsl:3:16: error: lstm needs x as [batch, time, n], not f32[batch, 4]
#!     3 | y, h, c = x |> lstm(3)
#!       |                ^~~~~~~
