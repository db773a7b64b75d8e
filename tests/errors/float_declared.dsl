param w: float[3] = 1
def f(x: float[n]) = x
print f([1, 2]), f(3)
print f(i64([1, 2]))
const half = f16
param v: half[2] = 1
#! float_declared.dsl:1:10: error: 'float' stands for any dtype of floats: only in the type of an argument
#!     1 | param w: float[3] = 1
#!       |          ^~~~~ f32, f64, f16 or bf16
#! float_declared.dsl:3:20: error: 'x' is f32, but is declared float[n]
#!     3 | print f([1, 2]), f(3)
#!       |                    ^ it has 0 dimensions, not 1
#! float_declared.dsl:3:18: note: in the call of 'f', here
#!     3 | print f([1, 2]), f(3)
#!       |                  ^~~~
#! float_declared.dsl:4:9: error: 'x' is i64[2], but is declared float[n]
#!     4 | print f(i64([1, 2]))
#!       |         ^~~~~~~~~~~ convert it: f32(...)
#! float_declared.dsl:4:7: note: in the call of 'f', here
#!     4 | print f(i64([1, 2]))
#!       |       ^~~~~~~~~~~~~~
#! 3 errors
