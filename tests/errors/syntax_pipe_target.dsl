x = zeros(3)
y = x |> 3
#! syntax_pipe_target.dsl:2:10: error: right of '|>' stands a name or a call
#!     2 | y = x |> 3
#!       |          ^
