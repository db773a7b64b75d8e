# steps.dsl -- what stands between gradients and optimizers, and who moves what: clipping, groups,
# patterns, freezing, steps that take turns.  In f64; the log's `valid` lines are compared.
const samples = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.75], [-1.5, 0.5, 0.25],
                 [0.75, 1.0, -1.0], [2.0, -0.5, 1.5], [-0.25, 0.125, 1.0]]
const targets = [1.0, -0.5, 0.25, 2.0, -1.0, 0.75]

module inner()(x: f64[batch, n]) {
    param weight: f64[2, n] = [[0.5, 0.125, -0.5], [-0.25, 0.75, 0.25]]
    param bias: f64[2] = [0.25, -0.5]
    return tanh(x @ transpose(weight) + bias)
}
module outer()(h: f64[batch, n]) {
    param weight: f64[n] = [0.5, -1.0]
    param bias: f64 = 0.125
    return h @ weight + bias
}
module network()(x: f64[batch, n]) {
    below = inner()
    above = outer()
    return above(below(x))
}

input x: f64[batch, 3]
input y: f64[batch]
option bound = 0.3

n1 = network()
n2 = network()
n3 = network()
n4 = network()
n5 = network()
n6 = network()
n7 = network()
n8 = network()
metric by_norm = mse_loss(n1(x), y)
metric by_value = mse_loss(n2(x), y)
metric by_both = mse_loss(n3(x), y)
metric norm_of_part = mse_loss(n4(x), y)
metric groups = mse_loss(n5(x), y)
metric frozen = mse_loss(n6(x), y)
metric second_time = mse_loss(n7(x), y)
metric in_turn = mse_loss(n8(x), y)

data train { x = f64(samples)
             y = f64(targets) }
data valid { x = f64(samples)
             y = f64(targets) }

train {
    step { minimize by_norm over n1 with sgd(lr = 0.1, momentum = 0.9)
           clip_norm = bound }
    step { minimize by_value over n2 with adam(lr = 0.05)
           clip_value = 0.1 }
    step { minimize by_both over n3 with sgd(lr = 0.2)
           clip_norm = 0.4
           clip_value = 0.25 }
    # The norm is of the gradients that the step has: those of the parameters that it moves.
    step { minimize norm_of_part over n4.above with sgd(lr = 0.2)
           clip_norm = bound }
    # Weight decay that spares biases, and a group of its own for the upper layer.
    step { minimize groups with sgd(lr = 0.05) over "n5.*.bias" with adam(lr = 0.02) over n5.above with sgd(lr = 0.1, weight_decay = 0.1) over n5 }
    step { minimize frozen over n6.above with sgd(lr = 0.1) }
    # Every third batch, and then as the optimizer's first, second ... step.
    step { minimize second_time over n7 with adam(lr = 0.05)
           every = 3 }
    # Two steps on one loss (the second time it is loss9): the upper layer moves, then the lower one,
    # seeing that.
    step { minimize in_turn over n8.above with sgd(lr = 0.1) }
    step { minimize in_turn over n8.below with sgd(lr = 0.1) }
    batch = 4
    epochs = 20
}
