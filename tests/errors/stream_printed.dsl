param w: f32[3] = 1
state h: f32[batch, 3] = 0
print mean(w * h)
#! stream_printed.dsl:3:7: error: what is printed cannot depend on state 'h', which has a row for each sample
#!     3 | print mean(w * h)
#!       |       ^~~~~~~~~~~
