option keep = 1.0
input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train {
    minimize loss with sgd()
    batch = 0
    epochs = 2.5
    shuffle = 1
    batch = 3
    accumulate = 0
    clip_norm = "much"
    clip_value = x
    average = keep
    patience = 0
    monitor = 3
    mode = "most"
}
#! train_bad_settings.dsl:10:5: error: 'batch' is set twice
#!    10 |     batch = 3
#!       |     ^~~~~
#! train_bad_settings.dsl:7:5: note: it was set here first
#!     7 |     batch = 0
#!       |     ^~~~~
#! train_bad_settings.dsl:7:13: error: batch must be at least 1, not 0
#!     7 |     batch = 0
#!       |             ^
#! train_bad_settings.dsl:8:14: error: epochs must be an integer, not the number 2.5
#!     8 |     epochs = 2.5
#!       |              ^~~
#! train_bad_settings.dsl:9:15: error: shuffle must be true or false, not the integer 1
#!     9 |     shuffle = 1
#!       |               ^
#! train_bad_settings.dsl:11:18: error: accumulate must be at least 1, not 0
#!    11 |     accumulate = 0
#!       |                  ^
#! train_bad_settings.dsl:14:15: error: average must be from 0 up to, but not including, 1, not 1
#!    14 |     average = keep
#!       |               ^~~~
#! train_bad_settings.dsl:15:16: error: patience must be at least 1, not 0
#!    15 |     patience = 0
#!       |                ^
#! train_bad_settings.dsl:16:15: error: monitor must be a string such as "loss", not the integer 3
#!    16 |     monitor = 3
#!       |               ^
#! train_bad_settings.dsl:17:12: error: mode is "min" or "max", not "most"
#!    17 |     mode = "most"
#!       |            ^~~~~~
#! train_bad_settings.dsl:12:17: error: clip_norm must be a number, not the string "much"
#!    12 |     clip_norm = "much"
#!       |                 ^~~~~~
#! train_bad_settings.dsl:13:18: error: clip_value must be a number, not f32[batch, 3]
#!    13 |     clip_value = x
#!       |                  ^
#! 11 errors
