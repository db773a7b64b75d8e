x = zeros(2, 3)
v, i = max(x, dim = 1)
print v
#! pytorch_max_pair.dsl:2:8: error: 2 names, but the value is f32[2]
#!     2 | v, i = max(x, dim = 1)
#!       |        ^~~~~~~~~~~~~~~ max gives values alone; argmax their places
