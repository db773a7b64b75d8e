input x: f32[batch, 3]
h = linear(3)
y = h(x)
h = linear(4)
output z = h(y)
#! layer_named_twice.dsl:4:5: error: two layers are named 'h'
#!     4 | h = linear(4)
#!       |     ^~~~~~~~~ give one of them another name
#! layer_named_twice.dsl:2:5: note: the first was made here
#!     2 | h = linear(3)
#!       |     ^~~~~~~~~
