const table = zeros(3)
#! const_of_tensor.dsl:1:15: error: a const must be known when compiling, and this is f32[3]
#!     1 | const table = zeros(3)
#!       |               ^~~~~~~~ leave out 'const'
