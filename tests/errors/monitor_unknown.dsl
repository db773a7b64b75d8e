input x: f32[batch, 3]
loss = mean(x |> linear(1))
metric accuracy = mean(x)
data train { x = randn(10, 3) }
data valid { x = randn(10, 3) }
train {
    minimize loss with sgd()
    monitor = "acuracy"
}
#! monitor_unknown.dsl:8:5: error: there is no metric or loss 'acuracy' to monitor
#!     8 |     monitor = "acuracy"
#!       |     ^~~~~~~~~~~~~~~~~~~ did you mean "accuracy"?
