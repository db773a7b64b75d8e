input x: f32[batch, 3]
output a = diagonal(x)
output b = diag(x[:, 0])
output c = diagonal(zeros(2, 2), axis1 = 0, axis2 = 0)
output d = diag(zeros(2, 2, 2))
output e = trace(zeros(3))
#! diagonal_of_batch.dsl:2:21: error: cannot take a diagonal of f32[batch, 3] along the batch dimension
#!     2 | output a = diagonal(x)
#!       |                     ^ give the other axes
#! diagonal_of_batch.dsl:3:17: error: diag of f32[batch] would be batch x batch
#!     3 | output b = diag(x[:, 0])
#!       |                 ^~~~~~~
#! diagonal_of_batch.dsl:4:53: error: a diagonal needs two different axes
#!     4 | output c = diagonal(zeros(2, 2), axis1 = 0, axis2 = 0)
#!       |                                                     ^
#! diagonal_of_batch.dsl:5:17: error: diag needs a vector or a matrix, not f32[2, 2, 2]
#!     5 | output d = diag(zeros(2, 2, 2))
#!       |                 ^~~~~~~~~~~~~~ diagonal(x) takes any number of axes
#! diagonal_of_batch.dsl:6:12: error: trace needs a matrix, not f32[3]
#!     6 | output e = trace(zeros(3))
#!       |            ^~~~~~~~~~~~~~~
#! 5 errors
