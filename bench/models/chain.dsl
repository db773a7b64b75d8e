# chain: elementwise work, tanh(a x + b) sigmoid(c x + d) of a million elements, forward and backward.
input x: f32[batch, 1024]

param a: f32 = 0.5
param b: f32 = 0.1
param c: f32 = 1.5
param d: f32 = -0.1
y    = tanh(a * x + b) * sigmoid(c * x + d)
loss = mean(y)

data train { x = npy("wave.npy") }
train { minimize loss with sgd(lr = 0.1)
        batch = 1024 }
