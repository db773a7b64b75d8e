input x: f32[batch, 3]
fc = linear(1)
loss = mean(fc(x))
data train { x = randn(10, 3) }
train { minimize loss with sgd() over "fc.wieght" with sgd() over linear1 }
#! over_unknown.dsl:5:39: error: no parameter is called 'fc.wieght' or is inside it
#!     5 | train { minimize loss with sgd() over "fc.wieght" with sgd() over linear1 }
#!       |                                       ^~~~~~~~~~~ did you mean 'fc.weight'?
#! over_unknown.dsl:5:67: error: no parameter is called 'linear1' or is inside it
#!     5 | train { minimize loss with sgd() over "fc.wieght" with sgd() over linear1 }
#!       |                                                                   ^~~~~~~
#! 2 errors
