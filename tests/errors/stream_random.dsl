input x: i32[batch, 3]
state h: f32[batch] = 0
h <- h + mean(f32(x), axis = 1)
loss = mean(h * (ones(1, 1) |> linear(1)))
data train { x = text("a.txt", random = 10) }
train {
    minimize loss with sgd(lr = 0.1)
    batch = 2
}
#! stream_random.dsl:5:18: error: windows cannot lie at random: 'h' is carried from each to the one behind it
#!     5 | data train { x = text("a.txt", random = 10) }
#!       |                  ^~~~~~~~~~~~~~~~~~~~~~~~~~ leave 'random' out
