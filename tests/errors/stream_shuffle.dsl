input x: f32[batch, 3]
state h: f32[batch, 3] = 0
h <- 0.5 * h + x
y = h |> linear(1)
loss = mean(y * y)
data train { x = randn(8, 3) }
train {
    minimize loss with sgd(lr = 0.1)
    shuffle = true
}
#! stream_shuffle.dsl:9:5: error: samples cannot be shuffled: 'h' is carried from each to the one behind it
#!     9 |     shuffle = true
#!       |     ^~~~~~~~~~~~~~ shuffle = false
