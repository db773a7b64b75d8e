# line.dsl: a line through points, to be trained from inside another program (embed.c).
# There is no data block: the host program feeds its own batches.

option lr = 0.1

input x: f32[batch, 1]
input y: f32[batch, 1]

fit = linear(1)
height = fit(x)

loss = mse_loss(height, y)
output value = height

train {
    minimize loss with sgd(lr = lr)
    batch = 16
}
