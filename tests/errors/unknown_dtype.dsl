input x: float32[batch, 3]
output y = x
#! unknown_dtype.dsl:1:10: error: unknown dtype 'float32'
#!     1 | input x: float32[batch, 3]
#!       |          ^~~~~~~ dtypes are f32 f64 f16 bf16 i8 i16 i32 i64 u8 bool
