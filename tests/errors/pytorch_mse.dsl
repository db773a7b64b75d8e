input x: f32[batch, 8]
loss = MSELoss()(x, x)
#! pytorch_mse.dsl:2:8: error: unknown name 'MSELoss'
#!     2 | loss = MSELoss()(x, x)
#!       |        ^~~~~~~ write mse_loss(prediction, target)
