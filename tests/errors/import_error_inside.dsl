import "import/broken.dsl"
print half(3.0)
#! import/broken.dsl:1:18: error: expected a value, found the end of the file
#!     1 | def half(x) = x /
#!       |                  ^
