# 14. Linear regression
#
# Everything together: a model, its loss, data, and training. Run with
#
#     gradc run 14-linear-regression.dsl       # trains; 14_linear_regression.svg is the loss curve
#
# or make a program of it, which needs nothing but itself:
#
#     gradc 14-linear-regression.dsl -o regression
#     ./regression --epochs 100 --lr 0.1
#     ./regression eval
#
# The points lie on y = 2 x - 1, with a little that is not on the line.

option lr = 0.05                               # --lr 0.1 changes it, without compiling again

input x: f32[batch, 1]                         # batch: as many samples as there are
input y: f32[batch, 1]

fit        = linear(1)                         # fit = nn.Linear(1, 1), but sure of its input's size
prediction = fit(x)
loss       = mse_loss(prediction, y)           # F.mse_loss(prediction, y)
output line = prediction

data train {
    x = unsqueeze(linspace(-2.0, 2.0, 64), 1)
    y = 2 * x - 1 + 0.1 * sin(40 * x)
}
data test {
    x = unsqueeze(linspace(-1.9, 1.9, 20), 1)
    y = 2 * x - 1
}

train {
    minimize loss with sgd(lr = lr)            # optimizer = torch.optim.SGD(fit.parameters(), lr=lr)
    batch  = 16                                # DataLoader(..., batch_size=16)
    epochs = 40                                # for epoch in range(40): ...
}
