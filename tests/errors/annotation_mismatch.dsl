input x: f32[batch, 4]
h: f32[batch, 3] = x * 2
output y = h
#! annotation_mismatch.dsl:2:1: error: 'h' is f32[batch, 4], but is declared f32[batch, 3]
#!     2 | h: f32[batch, 3] = x * 2
#!       | ^ dimension 1 is 4, not 3
