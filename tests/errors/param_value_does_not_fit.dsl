param w: f32[3] = zeros(4)
#! param_value_does_not_fit.dsl:1:19: error: 'w' is f32[3]: a value of f32[4] does not fit
#!     1 | param w: f32[3] = zeros(4)
#!       |                   ^~~~~~~~
