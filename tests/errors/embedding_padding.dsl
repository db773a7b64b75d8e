print shape([0, 1] |> embedding(2, 3, padding_idx = 2))
#! embedding_padding.dsl:1:23: error: embedding: padding_idx 2 is none of its 2 rows
#!     1 | print shape([0, 1] |> embedding(2, 3, padding_idx = 2))
#!       |                       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
