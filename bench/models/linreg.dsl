# linreg: a line through 100 points, batch 16, SGD.
input x: f32[batch, 1]
input y: f32[batch, 1]

fc   = linear(1)
loss = mse_loss(fc(x), y)

data train { x = npy("line_x.npy")
             y = npy("line_y.npy") }
train { minimize loss with sgd(lr = 0.05)
        batch = 16 }
