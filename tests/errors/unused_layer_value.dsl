linear(3)
#! unused_layer_value.dsl:1:1: error: this value is not used
#!     1 | linear(3)
#!       | ^~~~~~~~~ assign it to a name, or print it
