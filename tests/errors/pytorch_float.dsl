x = [1, 2]
print x.float(), x.double(), x.long(), x.int(), x.half(), x.bool()
#! pytorch_float.dsl:2:9: error: unknown name 'float'
#!     2 | print x.float(), x.double(), x.long(), x.int(), x.half(), x.bool()
#!       |         ^~~~~ write f32(x)
#! pytorch_float.dsl:2:20: error: unknown name 'double'
#!     2 | print x.float(), x.double(), x.long(), x.int(), x.half(), x.bool()
#!       |                    ^~~~~~ write f64(x)
#! pytorch_float.dsl:2:32: error: unknown name 'long'
#!     2 | print x.float(), x.double(), x.long(), x.int(), x.half(), x.bool()
#!       |                                ^~~~ write i64(x)
#! pytorch_float.dsl:2:42: error: unknown name 'int'
#!     2 | print x.float(), x.double(), x.long(), x.int(), x.half(), x.bool()
#!       |                                          ^~~ write i32(x)
#! pytorch_float.dsl:2:51: error: unknown name 'half'
#!     2 | print x.float(), x.double(), x.long(), x.int(), x.half(), x.bool()
#!       |                                                   ^~~~ write f16(x)
#! 5 errors
