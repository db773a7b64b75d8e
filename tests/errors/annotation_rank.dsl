input x: f32[batch, 4]
h: f32[batch] = x * 2
output y = h
#! annotation_rank.dsl:2:1: error: 'h' is f32[batch, 4], but is declared f32[batch]
#!     2 | h: f32[batch] = x * 2
#!       | ^ it has 2 dimensions, not 1
