x = tensor([1.0, 2.0], requires_grad=True)
print x
#! pytorch_requires_grad.dsl:1:38: error: 'True' is written 'true' here
#!     1 | x = tensor([1.0, 2.0], requires_grad=True)
#!       |                                      ^~~~
