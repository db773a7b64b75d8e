input x: f32[batch, 3]
metric loss = mean(x)
#! metric_named_loss.dsl:2:8: error: the loss is reported by itself; give this metric another name
#!     2 | metric loss = mean(x)
#!       |        ^~~~
