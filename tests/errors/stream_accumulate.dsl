input x: f32[batch, 3]
state h: f32[batch, 3] = 0
h <- 0.5 * h + x
y = h |> linear(1)
loss = mean(y * y)
data train { x = randn(8, 3) }
train {
    minimize loss with sgd(lr = 0.1)
    accumulate = 2
}
#! stream_accumulate.dsl:2:1: error: 'h' is carried from batch to batch, row by row: its step is one batch
#!     2 | state h: f32[batch, 3] = 0
#!       | ^~~~~~~~~~~~~~~~~~~~~~~~~~ accumulate = 1
