input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3)
             x = randn(10, 3) }
data train { x = randn(10, 3) }
train { minimize loss with sgd() }
#! data_twice.dsl:4:14: error: 'x' has two sources
#!     4 |              x = randn(10, 3) }
#!       |              ^
#! data_twice.dsl:3:14: note: the first is here
#!     3 | data train { x = randn(10, 3)
#!       |              ^~~~~~~~~~~~~~~~
#! data_twice.dsl:5:1: error: there is a second data block 'train'
#!     5 | data train { x = randn(10, 3) }
#!       | ^~~~~~~~~~
#! data_twice.dsl:3:1: note: the first is here
#!     3 | data train { x = randn(10, 3)
#!       | ^~~~~~~~~~
#! 2 errors
