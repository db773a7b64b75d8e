module m()(x: f32[n]) {
    param w "weight {k}": f32[n] = 0
    param v "bias-{n}": f32[n] = 0
    return x * w + v
}
print ones(3) |> m()
#! param_path.dsl:2:13: error: '{k}' must be an integer or a text known when compiling; it is not bound here
#!     2 |     param w "weight {k}": f32[n] = 0
#!       |             ^~~~~~~~~~~~
#! param_path.dsl:6:18: note: in the call of 'm', here
#!     6 | print ones(3) |> m()
#!       |                  ^~~
#! param_path.dsl:3:13: error: 'bias-3' is no name: names are made of A-Z, a-z, 0-9 and _
#!     3 |     param v "bias-{n}": f32[n] = 0
#!       |             ^~~~~~~~~~
#! param_path.dsl:6:18: note: in the call of 'm', here
#!     6 | print ones(3) |> m()
#!       |                  ^~~
#! 2 errors
