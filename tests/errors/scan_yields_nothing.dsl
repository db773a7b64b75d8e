y = scan t in 0..3 with s = 0 {
    s += t
}
print y
#! scan_yields_nothing.dsl:1:5: error: this scan yields nothing
#!     1 | y = scan t in 0..3 with s = 0 {
#!       |     ^~~~~~~~~~~~~~ what it carries is there by its name, afterwards
