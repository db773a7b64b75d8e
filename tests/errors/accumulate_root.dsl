input x: f32[batch, 3]
loss = sqrt(mean((x |> linear(1)) ** 2))
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    accumulate = 4
}
#! accumulate_root.dsl:5:14: error: 'accumulate' takes a loss that is a mean or a sum over the samples: this is neither
#!     5 |     minimize loss with sgd()
#!       |              ^~~~ accumulate = 1
#! accumulate_root.dsl:2:8: note: a mean over the samples goes through a function that is not linear
#!     2 | loss = sqrt(mean((x |> linear(1)) ** 2))
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
