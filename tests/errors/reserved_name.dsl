batch = 3
#! reserved_name.dsl:1:1: error: 'batch' has a meaning of its own; use another name
#!     1 | batch = 3
#!       | ^~~~~
