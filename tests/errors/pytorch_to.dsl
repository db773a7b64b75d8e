x = [1.0, 2.0]
print x.to(f64)
#! pytorch_to.dsl:2:9: error: unknown name 'to'
#!     2 | print x.to(f64)
#!       |         ^~ a dtype's name converts: f64(x), i32(x)
