x = ones(6, 5, 8)
print shape(attention(x, x[0:4], x[0:4], enable_gqa = true))
print shape(attention(x, x[0:3], x[0:2], enable_gqa = true))
print shape(attention(x[0], x[0], x[0], enable_gqa = true))
print shape(attention(x, x[0], x[0], enable_gqa = true))
#! attention_heads.dsl:2:13: error: attention: 6 heads of queries cannot share 4 of keys and 4 of values
#!     2 | print shape(attention(x, x[0:4], x[0:4], enable_gqa = true))
#!       |             ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the heads of key and value divide those of query
#! attention_heads.dsl:3:13: error: attention: 6 heads of queries cannot share 3 of keys and 2 of values
#!     3 | print shape(attention(x, x[0:3], x[0:2], enable_gqa = true))
#!       |             ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ the heads of key and value divide those of query
#! attention_heads.dsl:4:13: error: attention with enable_gqa needs [.., heads, time, features], not f32[5, 8]
#!     4 | print shape(attention(x[0], x[0], x[0], enable_gqa = true))
#!       |             ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! attention_heads.dsl:5:13: error: attention: heads of f32[6, 5, 8] cannot share f32[5, 8]
#!     5 | print shape(attention(x, x[0], x[0], enable_gqa = true))
#!       |             ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! 4 errors
