input x: f32[batch, 3]
loss = mean(x |> linear(1))
metric spread = mean(x)
data train { x = randn(10, 3) }
data valid { x = randn(10, 3) }
train {
    minimize loss with sgd()
    patience = 3
    monitor = "spread"
}
#! monitor_direction.dsl:9:5: error: is a large 'spread' good, or a small one?
#!     9 |     monitor = "spread"
#!       |     ^~~~~~~~~~~~~~~~~~ mode = "max" or mode = "min"
