total = 0.0
scan t in 0..3 {
    total = total + 1.0
}
print total
#! scan_not_carried.dsl:3:5: error: 'total' is not carried by this scan, which changes nothing else
#!     3 |     total = total + 1.0
#!       |     ^~~~~ carry it: scan ... with total = total
#! scan_not_carried.dsl:1:1: note: 'total' is bound outside of it, here
#!     1 | total = 0.0
#!       | ^~~~~
