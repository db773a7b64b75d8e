x: f32[3]
#! type_alone.dsl:1:1: error: a type alone declares nothing
#!     1 | x: f32[3]
#!       | ^~~~~~~~~ begin with input, param or state, or give it a value
