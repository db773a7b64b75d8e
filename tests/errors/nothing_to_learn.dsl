# The loss is of the data alone.
input x: f32[batch]
loss = mean(x)
data train { x = randn(8) }
train { minimize loss with sgd() }
#! nothing_to_learn.dsl:5:9: error: this loss depends on no parameter that is to be learned
#!     5 | train { minimize loss with sgd() }
#!       |         ^~~~~~~~~~~~~~~~~~~~~~~~ no parameter would change
