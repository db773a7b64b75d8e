input x: f32[batch, 3]
metric size = abs(x)
#! metric_not_scalar.dsl:2:15: error: a metric is one number, not f32[batch, 3]
#!     2 | metric size = abs(x)
#!       |               ^~~~~~ take its mean(...)
