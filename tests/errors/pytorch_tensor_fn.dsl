x = tensor([1.0, 2.0])
print x
#! pytorch_tensor_fn.dsl:1:5: error: unknown name 'tensor'
#!     1 | x = tensor([1.0, 2.0])
#!       |     ^~~~~~ a list is a tensor: [1.0, 2.0], or f64([1.0, 2.0]) for another dtype
