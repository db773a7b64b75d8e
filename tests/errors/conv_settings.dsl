input image: f32[batch, 1, 8, 8]
output a = image |> conv2d(4, 3, stride = 0)
output b = image |> conv2d(4, 3, padding = "same", stride = 2)
output c = image |> conv2d(4, 3, padding = "full")
output d = image |> conv2d(4, 3, stride = [1, 2, 3])
output e = image |> conv2d(4, [3, 3, 3])
output f = image |> conv2d(4, 3.5)
#! conv_settings.dsl:2:21: error: conv2d: stride must be 1 or more, not 0
#!     2 | output a = image |> conv2d(4, 3, stride = 0)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~
#! conv_settings.dsl:3:21: error: conv2d: padding = "same" needs stride = 1, not 2
#!     3 | output b = image |> conv2d(4, 3, padding = "same", stride = 2)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ give padding as a number
#! conv_settings.dsl:4:21: error: conv2d: padding must be an integer, a list, "same" or "valid", not "full"
#!     4 | output c = image |> conv2d(4, 3, padding = "full")
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! conv_settings.dsl:5:21: error: conv2d: stride must be an integer or a list of 2, not a list of 3
#!     5 | output d = image |> conv2d(4, 3, stride = [1, 2, 3])
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! conv_settings.dsl:6:21: error: one integer or 2 of them, not a list of 3
#!     6 | output e = image |> conv2d(4, [3, 3, 3])
#!       |                     ^~~~~~~~~~~~~~~~~~~~
#! conv_settings.dsl:7:21: error: what is given for each axis must be an integer, not the number 3.5
#!     7 | output f = image |> conv2d(4, 3.5)
#!       |                     ^~~~~~~~~~~~~~
#! convolutions.dsl:51:18: note: found here, in the library
#!    51 |     k = per_axis(kernel_size, 2)
#!       |                  ^~~~~~~~~~~
#! 6 errors
