const n = 4294967296
param w: f32[n, n, n] = 0
#! dimension_product_overflow.dsl:2:10: error: f32[4294967296, 4294967296, 4294967296] is too large: a tensor has at most 2^40 elements
#!     2 | param w: f32[n, n, n] = 0
#!       |          ^~~~~~~~~~~~
