y = scan t in 0..3 {
    yield t
    yield 2 * t
}
print y
#! scan_yield_twice.dsl:3:5: error: a scan yields once a turn
#!     3 |     yield 2 * t
#!       |     ^~~~~~~~~~~ several values: yield a, b
#! scan_yield_twice.dsl:2:5: note: it yielded here
#!     2 |     yield t
#!       |     ^~~~~~~
