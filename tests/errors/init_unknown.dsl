param a: f32[2, 3] = kaiming_uniform(mode = "fan_middle")
param b: f32[2, 3] = kaiming_normal(nonlinearity = "gelu")
param c: f32[5, 2, 3] = dirac(groups = 2)
param d: f32[2, 3] = dirac()
param e: f32[3] = xavier_normal()
print one_cycle(3, 10, anneal_strategy = "cosine")
#! init_unknown.dsl:1:22: error: mode is fan_in or fan_out, not 'fan_middle'
#!     1 | param a: f32[2, 3] = kaiming_uniform(mode = "fan_middle")
#!       |                      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! init_unknown.dsl:2:22: error: there is no gain for 'gelu'
#!     2 | param b: f32[2, 3] = kaiming_normal(nonlinearity = "gelu")
#!       |                      ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ linear, sigmoid, tanh, relu, leaky_relu or selu
#! init_unknown.dsl:3:25: error: groups = 2 does not divide the 5 outputs of [5, 2, 3]
#!     3 | param c: f32[5, 2, 3] = dirac(groups = 2)
#!       |                         ^~~~~~~~~~~~~~~~~
#! init_unknown.dsl:4:22: error: dirac is for kernels of 3 to 5 axes, not [2, 3]
#!     4 | param d: f32[2, 3] = dirac()
#!       |                      ^~~~~~~
#! init_unknown.dsl:5:19: error: fan_in needs a weight of two dimensions or more, not f32[3]
#!     5 | param e: f32[3] = xavier_normal()
#!       |                   ^~~~~~~~~~~~~~~
#! init.dsl:59:60: note: found here, in the library
#!    59 | def xavier_normal(gain = 1.0) = normal(0, gain * sqrt(2 / (fan_in() + fan_out())))
#!       |                                                            ^~~~~~~~
#! init_unknown.dsl:5:19: error: fan_out needs a weight of two dimensions or more, not f32[3]
#!     5 | param e: f32[3] = xavier_normal()
#!       |                   ^~~~~~~~~~~~~~~
#! init.dsl:59:71: note: found here, in the library
#!    59 | def xavier_normal(gain = 1.0) = normal(0, gain * sqrt(2 / (fan_in() + fan_out())))
#!       |                                                                       ^~~~~~~~~
#! init_unknown.dsl:6:7: error: anneal_strategy is cos or linear, not 'cosine'
#!     6 | print one_cycle(3, 10, anneal_strategy = "cosine")
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! 7 errors
