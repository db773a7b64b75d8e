x = ones(2, 5, 6)
print shape(x |> multihead_attention(6, 4))
#! multihead_heads.dsl:2:18: error: multihead_attention: 4 heads do not divide the 6 features
#!     2 | print shape(x |> multihead_attention(6, 4))
#!       |                  ^~~~~~~~~~~~~~~~~~~~~~~~~
