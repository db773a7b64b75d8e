x = zeros(3)
print x |> x.clamp(0, 1)
#! pipe_into_method.dsl:2:12: error: a method cannot stand right of '|>': write x |> clamp(...)
#!     2 | print x |> x.clamp(0, 1)
#!       |            ^~~~~~~
