x = zeros(3)
print x(1)
#! call_of_a_tensor.dsl:2:7: error: 'x' is f32[3], not a function
#!     2 | print x(1)
#!       |       ^~~~
