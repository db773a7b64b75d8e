while true {
}
#! pytorch_while.dsl:1:7: error: expected the end of the line or '=', found 'true'
#!     1 | while true {
#!       |       ^~~~ loops count: for i in 0..n
