y = 1 + scan t in 0..3 {
    yield t
}
print y
#! scan_is_no_operand.dsl:1:9: error: expected a value, found 'scan'
#!     1 | y = 1 + scan t in 0..3 {
#!       |         ^~~~ a scan stands alone, or alone right of '=' or 'return': give its result a name
