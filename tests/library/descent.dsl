# descent.dsl -- optimizers and learning rates over many steps, in f64: 100 steps from the same weights
# on the same batches.  The log's `valid` lines are compared: each network's loss after each epoch.
const samples = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.75], [-1.5, 0.5, 0.25],
                 [0.75, 1.0, -1.0], [2.0, -0.5, 1.5], [-0.25, 0.125, 1.0]]
const targets = [1.0, -0.5, 0.25, 2.0, -1.0, 0.75]

module network()(x: f64[batch, n]) {
    param w: f64[n, 2] = [[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]]
    param v: f64[2] = [0.5, -1.0]
    return tanh(x @ w) @ v
}

input x: f64[batch, 3]
input y: f64[batch]

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
n19 = network()
n20 = network()
n21 = network()
n22 = network()
n23 = network()

metric sgd_momentum = mse_loss(n1(x), y)
metric sgd_dampening = mse_loss(n2(x), y)
metric sgd_maximize = mse_loss(n3(x), y)
metric adam_plain = mse_loss(n4(x), y)
metric adam_amsgrad = mse_loss(n5(x), y)
metric adamw_amsgrad = mse_loss(n6(x), y)
metric adamw_plain = mse_loss(n7(x), y)
metric nadam_plain = mse_loss(n8(x), y)
metric nadam_all = mse_loss(n9(x), y)
metric radam_plain = mse_loss(n10(x), y)
metric radam_all = mse_loss(n11(x), y)
metric adamax_plain = mse_loss(n12(x), y)
metric adamax_all = mse_loss(n13(x), y)
metric adadelta_plain = mse_loss(n14(x), y)
metric adadelta_all = mse_loss(n15(x), y)
metric rmsprop_all = mse_loss(n16(x), y)
metric adagrad_all = mse_loss(n17(x), y)
metric lion_plain = mse_loss(n18(x), y)
metric by_one_cycle = mse_loss(n19(x), y)
metric by_restarts = mse_loss(n20(x), y)
metric by_multistep = mse_loss(n21(x), y)
metric by_noam = mse_loss(n22(x), y)
metric by_warm_cosine = mse_loss(n23(x), y)

data train {
    x = f64(samples)
    y = f64(targets)
}
data valid {
    x = f64(samples)
    y = f64(targets)
}

option rate = 0.05
option beta = 0.9
option start = 0.5

train {
    step { minimize sgd_momentum over n1 with sgd(lr = rate, momentum = beta) }
    step { minimize sgd_dampening over n2 with sgd(lr = 0.05, momentum = 0.9, dampening = 0.3, weight_decay = 0.01) }
    step { minimize sgd_maximize over n3 with sgd(lr = 0.001, maximize = true) }
    step { minimize adam_plain over n4 with adam(lr = 0.02) }
    step { minimize adam_amsgrad over n5 with adam(lr = 0.05, beta2 = 0.9, amsgrad = true, weight_decay = 0.01) }
    step { minimize adamw_amsgrad over n6 with adamw(lr = 0.05, beta2 = 0.9, amsgrad = true, weight_decay = 0.1) }
    step { minimize adamw_plain over n7 with adamw(lr = 0.02, weight_decay = 0.1) }
    step { minimize nadam_plain over n8 with nadam() }
    step { minimize nadam_all over n9 with nadam(lr = 0.02, beta1 = 0.8, beta2 = 0.95, eps = 1e-4, weight_decay = 0.05, momentum_decay = 0.1) }
    step { minimize radam_plain over n10 with radam(lr = 0.01) }
    step { minimize radam_all over n11 with radam(lr = 0.02, beta1 = 0.8, beta2 = 0.95, eps = 1e-4, weight_decay = 0.05) }
    step { minimize adamax_plain over n12 with adamax() }
    step { minimize adamax_all over n13 with adamax(lr = 0.02, beta1 = 0.8, beta2 = 0.95, eps = 1e-4, weight_decay = 0.05) }
    step { minimize adadelta_plain over n14 with adadelta() }
    step { minimize adadelta_all over n15 with adadelta(lr = 0.5, rho = 0.8, eps = 1e-4, weight_decay = 0.05) }
    step { minimize rmsprop_all over n16 with rmsprop(lr = 0.01, alpha = 0.9, eps = 1e-3, weight_decay = 0.1, momentum = 0.5, centered = true) }
    step { minimize adagrad_all over n17 with adagrad(lr = 0.1, lr_decay = 0.05, initial_accumulator_value = start, eps = 1e-3, weight_decay = 0.1) }
    step { minimize lion_plain over n18 with lion(lr = 0.01, weight_decay = 0.1) }
    step { minimize by_one_cycle over n19 with adam(lr = 0.1 * one_cycle(step - 1, steps), beta1 = one_cycle_momentum(step - 1, steps)) }
    step { minimize by_restarts over n20 with sgd(lr = rate * cosine_restarts(step - 1, 10, mult = 2, last = 0.1)) }
    step { minimize by_multistep over n21 with sgd(lr = rate * multistep(epoch - 1, [10, 30], factor = 0.5), momentum = 0.9) }
    step { minimize by_noam over n22 with adam(lr = noam(step, 64, 40), beta2 = 0.98) }
    step { minimize by_warm_cosine over n23 with sgd(lr = rate * warmup(step, 10) * cosine((step - 1) / steps)) }
    batch = 4
    epochs = 50
}
