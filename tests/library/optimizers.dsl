# optimizers.dsl -- every optimizer of lib/std, and learning rates by its schedules, on one small
# network each, from the same weights and on the same batches.  The log's `valid` lines are compared:
# each network's loss after each epoch.
const samples = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.75], [-1.5, 0.5, 0.25],
                 [0.75, 1.0, -1.0], [2.0, -0.5, 1.5], [-0.25, 0.125, 1.0]]
const targets = [1.0, -0.5, 0.25, 2.0, -1.0, 0.75]

module network()(x: f32[batch, n]) {
    param w: f32[n, 2] = [[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]]
    param v: f32[2] = [0.5, -1.0]
    return tanh(x @ w) @ v
}

# While training batchnorm1d works with the batch's mean and variance, in evaluation with its own.
module normed()(x: f32[batch, n]) {
    param w: f32[n, 2] = [[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]]
    param v: f32[2] = [0.5, -1.0]
    return (x @ w |> batchnorm1d() |> relu) @ v
}

input x: f32[batch, 3]
input y: f32[batch]

n1 = network()
n2 = network()
n3 = network()
n4 = network()
n5 = network()
n6 = network()
n7 = network()
n8 = network()
n9 = network()
n10 = network()
n11 = network()
n12 = network()
n13 = network()
n14 = network()
n15 = network()
n16 = network()
n17 = network()
n18 = network()
n19 = normed()

metric sgd_plain = mse_loss(n1(x), y)
metric sgd_momentum = mse_loss(n2(x), y)
metric sgd_nesterov = mse_loss(n3(x), y)
metric sgd_weight_decay = mse_loss(n4(x), y)
metric adam_plain = mse_loss(n5(x), y)
metric adam_weight_decay = mse_loss(n6(x), y)
metric adamw_plain = mse_loss(n7(x), y)
metric rmsprop_plain = mse_loss(n8(x), y)
metric rmsprop_all = mse_loss(n9(x), y)
metric adagrad_plain = mse_loss(n10(x), y)
metric adagrad_all = mse_loss(n11(x), y)
metric lion_plain = mse_loss(n12(x), y)
metric lion_weight_decay = mse_loss(n13(x), y)
metric by_cosine = mse_loss(n14(x), y)
metric by_warmup = mse_loss(n15(x), y)
metric by_exponential = mse_loss(n16(x), y)
metric by_step_decay = mse_loss(n17(x), y)
metric two_groups = mse_loss(n18(x), y)
metric batchnorm = mse_loss(n19(x), y)

data train {
    x = samples
    y = targets
}
data valid {
    x = samples
    y = targets
}

option rate = 0.05
option beta = 0.9

train {
    step { minimize sgd_plain over n1 with sgd(lr = rate) }
    step { minimize sgd_momentum over n2 with sgd(lr = rate, momentum = beta) }
    step { minimize sgd_nesterov over n3 with sgd(lr = 0.05, momentum = 0.8, nesterov = true) }
    step { minimize sgd_weight_decay over n4 with sgd(lr = 0.05, momentum = 0.5, weight_decay = 0.1) }
    step { minimize adam_plain over n5 with adam(lr = 0.02) }
    step { minimize adam_weight_decay over n6 with adam(lr = 0.02, beta1 = 0.8, beta2 = 0.9, eps = 1e-4, weight_decay = 0.1) }
    step { minimize adamw_plain over n7 with adamw(lr = 0.02, weight_decay = 0.1) }
    step { minimize rmsprop_plain over n8 with rmsprop(lr = 0.01) }
    step { minimize rmsprop_all over n9 with rmsprop(lr = 0.01, alpha = 0.9, eps = 1e-3, weight_decay = 0.1, momentum = 0.5, centered = true) }
    step { minimize adagrad_plain over n10 with adagrad(lr = 0.1) }
    step { minimize adagrad_all over n11 with adagrad(lr = 0.1, lr_decay = 0.05, weight_decay = 0.1, eps = 1e-3) }
    step { minimize lion_plain over n12 with lion(lr = 0.01) }
    step { minimize lion_weight_decay over n13 with lion(lr = 0.01, beta1 = 0.8, beta2 = 0.95, weight_decay = 0.1) }
    step { minimize by_cosine over n14 with sgd(lr = rate * cosine(step / steps)) }
    step { minimize by_warmup over n15 with sgd(lr = rate * warmup(step, 5) * linear_decay(step / steps, last = 0.5)) }
    step { minimize by_exponential over n16 with adam(lr = rate * exponential(epoch - 1, 0.5)) }
    step { minimize by_step_decay over n17 with sgd(lr = rate * step_decay(step - 1, 3, factor = 0.5)) }
    step { minimize two_groups with sgd(lr = 0.1) over n18.v with adam(lr = 0.02) over "n18.*" }
    step { minimize batchnorm over n19 with sgd(lr = 0.05) }
    batch = 4
    epochs = 5
}
