x = True
#! pytorch_true_caps.dsl:1:5: error: 'True' is written 'true' here
#!     1 | x = True
#!       |     ^~~~
