input series: f32[batch, 8]
output a = windows(series, 1, 9)
output b = windows(series, 0, 2)
output c = windows(series, 1, 3, step = 0)
#! windows_sizes.dsl:2:31: error: a window of 9 (dilation 1) is larger than axis 1 of f32[batch, 8]
#!     2 | output a = windows(series, 1, 9)
#!       |                               ^
#! windows_sizes.dsl:3:28: error: no windows of f32[batch, 8] along the batch dimension
#!     3 | output b = windows(series, 0, 2)
#!       |                            ^ give another axis
#! windows_sizes.dsl:4:12: error: a window's size, step and dilation must be 1 or more
#!     4 | output c = windows(series, 1, 3, step = 0)
#!       |            ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! 3 errors
