a = zeros(2, 3)
print a[..., 0]
#! pytorch_ellipsis.dsl:2:9: error: '...' is written '..' here
#!     2 | print a[..., 0]
#!       |         ^~~
