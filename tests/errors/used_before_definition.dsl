print total
total = 3
#! used_before_definition.dsl:1:7: error: 'total' is used before it is defined
#!     1 | print total
#!       |       ^~~~~
#! used_before_definition.dsl:2:1: note: it is defined here
#!     2 | total = 3
#!       | ^~~~~
