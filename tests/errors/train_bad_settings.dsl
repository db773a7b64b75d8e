input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    batch = 0
    epochs = 2.5
    shuffle = 1
    batch = 3
}
#! train_bad_settings.dsl:9:5: error: 'batch' is set twice
#!     9 |     batch = 3
#!       |     ^~~~~
#! train_bad_settings.dsl:6:5: note: it was set here first
#!     6 |     batch = 0
#!       |     ^~~~~
#! train_bad_settings.dsl:6:13: error: batch must be at least 1, not 0
#!     6 |     batch = 0
#!       |             ^
#! train_bad_settings.dsl:7:14: error: epochs must be an integer, not the number 2.5
#!     7 |     epochs = 2.5
#!       |              ^~~
#! train_bad_settings.dsl:8:15: error: shuffle must be true or false, not the integer 1
#!     8 |     shuffle = 1
#!       |               ^
#! 4 errors
