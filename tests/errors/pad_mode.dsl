x = zeros(2, 3)
print pad(x, [3, 0], mode = "reflect")
print pad(x, [1, 1], mode = "mirror")
print pad(x, [1, 1], mode = "replicate", value = 1)
#! pad_mode.dsl:2:14: error: a border of mode "reflect" is at most 2 wide on axis 1 of f32[2, 3]
#!     2 | print pad(x, [3, 0], mode = "reflect")
#!       |              ^~~~~~
#! pad_mode.dsl:3:29: error: pad's mode is the string "mirror"
#!     3 | print pad(x, [1, 1], mode = "mirror")
#!       |                             ^~~~~~~~ modes are "constant", "reflect", "replicate" and "circular"
#! pad_mode.dsl:4:50: error: only mode "constant" takes a value
#!     4 | print pad(x, [1, 1], mode = "replicate", value = 1)
#!       |                                                  ^
#! 3 errors
