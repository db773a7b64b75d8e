input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train {
    step { minimize loss with sgd()
           evry = 2 }
    step { every = 0 }
    step { minimize loss with sgd()
           clip_norm = 0
           clip_value = -1.5
           accumulate = 2 }
    clip_norm = 1.0
}
#! step_bad_settings.dsl:12:5: error: where there are step { } blocks, clip_norm stands in the one that it is for
#!    12 |     clip_norm = 1.0
#!       |     ^~~~~~~~~~~~~~~
#! step_bad_settings.dsl:6:12: error: a step has no setting 'evry'
#!     6 |            evry = 2 }
#!       |            ^~~~ did you mean 'every'?
#! step_bad_settings.dsl:7:20: error: every must be at least 1, not 0
#!     7 |     step { every = 0 }
#!       |                    ^
#! step_bad_settings.dsl:7:5: error: nothing is minimized here
#!     7 |     step { every = 0 }
#!       |     ^~~~ minimize loss with sgd()
#! step_bad_settings.dsl:9:24: error: clip_norm must be above 0, not 0
#!     9 |            clip_norm = 0
#!       |                        ^
#! step_bad_settings.dsl:10:25: error: clip_value must be above 0, not -1.5
#!    10 |            clip_value = -1.5
#!       |                         ^~~~
#! step_bad_settings.dsl:11:12: error: the steps take turns on the same samples: they accumulate alike, and this is 2 beside 1
#!    11 |            accumulate = 2 }
#!       |            ^~~~~~~~~~~~~~ set it in the train block, for all
#! 7 errors
