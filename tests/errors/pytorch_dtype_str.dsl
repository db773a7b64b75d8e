x = zeros(3, dtype = float64)
print x
#! pytorch_dtype_str.dsl:1:22: error: unknown name 'float64'
#!     1 | x = zeros(3, dtype = float64)
#!       |                      ^~~~~~~ write f64
