const width = 3
const width = 4
#! declared_twice.dsl:2:7: error: 'width' is declared twice
#!     2 | const width = 4
#!       |       ^~~~~
#! declared_twice.dsl:1:7: note: it was declared here first
#!     1 | const width = 3
#!       |       ^~~~~
