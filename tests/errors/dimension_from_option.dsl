option width = 3
input x: f32[batch, width]
output y = x
#! dimension_from_option.dsl:2:21: error: a dimension must be known when compiling, and the option 'width' is not
#!     2 | input x: f32[batch, width]
#!       |                     ^~~~~ a const can stand in a shape
