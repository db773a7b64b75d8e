scan t in 0..3 {
    param w: f32[3] = 0
    output y = t
    return t
}
#! scan_declares.dsl:2:5: error: param cannot stand in a scan
#!     2 |     param w: f32[3] = 0
#!       |     ^~~~~~~~~~~~~~~~~~~
#! scan_declares.dsl:3:5: error: output cannot stand in a scan
#!     3 |     output y = t
#!       |     ^~~~~~~~~~~~
#! scan_declares.dsl:4:5: error: return cannot stand in a scan
#!     4 |     return t
#!       |     ^~~~~~~~
#! 3 errors
