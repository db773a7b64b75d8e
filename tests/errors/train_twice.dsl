input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train { minimize loss with sgd() }
train { minimize loss with sgd() }
#! train_twice.dsl:5:1: error: there is a second train block
#!     5 | train { minimize loss with sgd() }
#!       | ^~~~~
#! train_twice.dsl:4:1: note: the first is here
#!     4 | train { minimize loss with sgd() }
#!       | ^~~~~
