input x: f32[batch, 3]
input label: i32[batch]
loss = cross_entropy(x |> linear(4), label, ignore_index = 0)
data train { x = randn(10, 3)
             label = randint(0, 3, 10) }
train {
    minimize loss with sgd()
    accumulate = 4
}
#! accumulate_quotient.dsl:7:14: error: 'accumulate' takes a loss that is a mean or a sum over the samples: this is neither
#!     7 |     minimize loss with sgd()
#!       |              ^~~~ accumulate = 1
#! accumulate_quotient.dsl:3:8: note: a quotient of two sums over the samples: micro-batches would count by the second
#!     3 | loss = cross_entropy(x |> linear(4), label, ignore_index = 0)
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
