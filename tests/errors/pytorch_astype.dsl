x = [1, 2]
print x.astype(f32), x.type(f32)
#! pytorch_astype.dsl:2:9: error: unknown name 'astype'
#!     2 | print x.astype(f32), x.type(f32)
#!       |         ^~~~~~ a dtype's name converts: f64(x), i32(x)
#! pytorch_astype.dsl:2:24: error: unknown name 'type'
#!     2 | print x.astype(f32), x.type(f32)
#!       |                        ^~~~ a dtype's name converts: f64(x), i32(x)
#! 2 errors
