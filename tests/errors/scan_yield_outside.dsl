yield 1
for i in 0..3 {
    yield i
}
#! scan_yield_outside.dsl:1:1: error: yield cannot stand at the top of a file
#!     1 | yield 1
#!       | ^~~~~~~
#! scan_yield_outside.dsl:3:5: error: yield cannot stand at the top of a file
#!     3 |     yield i
#!       |     ^~~~~~~
#! 2 errors
