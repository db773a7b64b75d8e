param w = 2.0
y = w * w
print w.grad
#! pytorch_grad_attr.dsl:3:9: error: f32 has no member 'grad'
#!     3 | print w.grad
#!       |         ^~~~ write grad(loss, w)
