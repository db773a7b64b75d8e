input x: f32[batch, 3]
loss = mean(x |> linear(1))
data train { x = randn(10, 3) }
train {
    step { minimize loss with sgd()
           evry = 2 }
    step { every = 0 }
}
#! step_bad_settings.dsl:6:12: error: a step has no setting 'evry'
#!     6 |            evry = 2 }
#!       |            ^~~~ did you mean 'every'?
#! step_bad_settings.dsl:7:20: error: every must be at least 1, not 0
#!     7 |     step { every = 0 }
#!       |                    ^
#! step_bad_settings.dsl:7:5: error: nothing is minimized here
#!     7 |     step { every = 0 }
#!       |     ^~~~ minimize loss with sgd()
#! 3 errors
