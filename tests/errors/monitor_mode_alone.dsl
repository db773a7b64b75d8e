input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
data valid { x = randn(10, 3) }
train {
    minimize loss with sgd()
    mode = "max"
}
#! monitor_mode_alone.dsl:7:5: error: mode says whether small or large is good; but nothing is monitored
#!     7 |     mode = "max"
#!       |     ^~~~~~~~~~~~ monitor = "loss", or patience
