# average.dsl -- moving averages of parameters, of steps over two batches each (the last one of one), in
# f64.  The log's `valid` lines, which are the averages', are compared.
const samples = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.75], [-1.5, 0.5, 0.25],
                 [0.75, 1.0, -1.0], [2.0, -0.5, 1.5], [-0.25, 0.125, 1.0]]
const targets = [1.0, -0.5, 0.25, 2.0, -1.0, 0.75]
option keep = 0.8

input x: f64[batch, 3]
input y: f64[batch]
param weight: f64[2, 3] = [[0.5, 0.125, -0.5], [-0.25, 0.75, 0.25]]
param bias: f64[2] = [0.25, -0.5]
param above: f64[2] = [0.5, -1.0]
param offset: f64 = 0.125
loss = mse_loss(tanh(x @ transpose(weight) + bias) @ above + offset, y)
metric error = mae(tanh(x @ transpose(weight) + bias) @ above + offset, y)

data train { x = f64(samples)
             y = f64(targets) }
data valid { x = f64(samples)
             y = f64(targets) }

train {
    minimize loss with sgd(lr = 0.1, momentum = 0.9)
    clip_norm  = 0.3
    batch      = 2
    accumulate = 2
    average    = keep
    epochs     = 20
}
