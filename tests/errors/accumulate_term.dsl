input x: f32[batch, 3]
param w = 1.0
loss = sum((x |> linear(1)) ** 2) + sum(w * w)
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    accumulate = 4
}
#! accumulate_term.dsl:6:14: error: 'accumulate' takes a loss that is a mean or a sum over the samples: this is neither
#!     6 |     minimize loss with sgd()
#!       |              ^~~~ accumulate = 1
#! accumulate_term.dsl:3:35: note: a sum over the samples, and a term that would count once for each micro-batch
#!     3 | loss = sum((x |> linear(1)) ** 2) + sum(w * w)
#!       |                                   ^
