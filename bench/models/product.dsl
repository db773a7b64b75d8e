# product: one product of matrices and the two of its gradient, m x k times k x n, for bench/products.sh.
const m = 512
const n = 512
const k = 512
input weight_of: f32[batch, m, n]

param a: f32[m, k] = uniform(-1.0, 1.0)
param b: f32[k, n] = uniform(-1.0, 1.0)
y    = a @ b
loss = sum(y * weight_of)

data train { weight_of = rand(1, m, n) }
train { minimize loss with sgd(lr = 1e-9)
        batch = 1 }
