input prediction: f32[batch, 1]
input target: f32[batch]
output loss = mse_loss(prediction, target)
#! loss_shapes.dsl:3:15: error: cannot subtract f32[batch, 1] and f32[batch]
#!     3 | output loss = mse_loss(prediction, target)
#!       |               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! losses.dsl:12:22: note: found here, in the library
#!    12 |     off = prediction - target
#!       |                      ^
#! losses.dsl:12:22: note: shapes align at their ends, so each sample would meet every other; mend one: reshape(x, -1, 1), x[:, 0]
#!    12 |     off = prediction - target
#!       |                      ^
#! loss_shapes.dsl:1:1: note: f32[batch, 1] comes from here
#!     1 | input prediction: f32[batch, 1]
#!       | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! loss_shapes.dsl:2:1: note: f32[batch] comes from here
#!     2 | input target: f32[batch]
#!       | ^~~~~~~~~~~~~~~~~~~~~~~~
