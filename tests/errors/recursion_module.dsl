module block(n)(x) {
    return x |> block(n)
}
input x: f32[batch, 3]
output y = x |> block(1)
#! recursion_module.dsl:2:17: error: 'block' is recursive: block -> block
#!     2 |     return x |> block(n)
#!       |                 ^~~~~~~~ calls are inlined, so none may lead back to itself
#! recursion_module.dsl:5:17: note: in the call of 'block', here
#!     5 | output y = x |> block(1)
#!       |                 ^~~~~~~~
