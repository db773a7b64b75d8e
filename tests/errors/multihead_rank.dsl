x = ones(2, 6)
print shape(x |> multihead_attention(6, 2))
#! multihead_rank.dsl:2:18: error: multihead_attention needs a query as [batch, time, 6], not f32[2, 6]
#!     2 | print shape(x |> multihead_attention(6, 2))
#!       |                  ^~~~~~~~~~~~~~~~~~~~~~~~~
