input x: f32[batch, 3]
report {
    param w = 1.0
    print 1
}
#! report_wrong.dsl:3:5: error: param cannot stand in a report
#!     3 |     param w = 1.0
#!       |     ^~~~~~~~~~~~~
