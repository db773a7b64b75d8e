input x: f32[batch, 3]
loss = var(x |> linear(1), axis = 0) |> sum
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    accumulate = 4
}
#! accumulate_variance.dsl:5:14: error: 'accumulate' takes a loss that is a mean or a sum over the samples: this is neither
#!     5 |     minimize loss with sgd()
#!       |              ^~~~ accumulate = 1
#! accumulate_variance.dsl:2:8: note: it takes the samples of a batch together, other than in a mean or a sum
#!     2 | loss = var(x |> linear(1), axis = 0) |> sum
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
