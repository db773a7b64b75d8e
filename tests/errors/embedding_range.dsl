print shape([0, 2] |> embedding(2, 3))
#! embedding_range.dsl:1:23: error: index 2 is outside axis 0 of f32[2, 3]
#!     1 | print shape([0, 2] |> embedding(2, 3))
#!       |                       ^~~~~~~~~~~~~~~
#! attention.dsl:18:23: note: found here, in the library
#!    18 |         return weight[ids]
#!       |                       ^~~
