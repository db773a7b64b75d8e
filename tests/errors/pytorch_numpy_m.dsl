x = zeros(3)
print x.numpy()
#! pytorch_numpy_m.dsl:2:9: error: unknown name 'numpy'
#!     2 | print x.numpy()
#!       |         ^~~~~ write save "x.npy", x
