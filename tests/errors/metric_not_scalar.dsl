input x: f32[batch, 3]
metric size = abs(x)
#! metric_not_scalar.dsl:2:15: error: a metric is of a whole split, and f32[batch, 3] is of each sample
#!     2 | metric size = abs(x)
#!       |               ^~~~~~ take its mean(...)
