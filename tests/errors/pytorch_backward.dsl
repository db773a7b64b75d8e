param w = 2.0
loss = w * w
loss.backward()
print w.grad
#! pytorch_backward.dsl:3:1: error: this value is not used
#!     3 | loss.backward()
#!       | ^~~~~~~~~~~~~~~ gradients are expressions: g = grad(loss, w)
