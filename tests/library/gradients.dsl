# gradients.dsl -- every layer, activation and loss of lib/std in one training step, for
# `./gradients check`: the gradient of each parameter against differences in f64.
input x: f32[batch, 6]
input target: f32[batch, 4]
input share: f32[batch, 4]
input label: i32[batch]
input labels: i32[batch, 3]

h = x |> linear(12) |> batchnorm1d() |> gelu
h = h + (h |> linear(12, bias = false) |> layernorm() |> silu)
h = dropout(h, p = 0.25) |> layernorm(elementwise_affine = false)

# A part of its own for each activation, so that each is on the way of some parameter.
module through(f)(h: f32[.., n]) {
    param scale: f32[n] = uniform(0.5, 1.5)
    param shift: f32[n] = uniform(-1, 1)
    return f(h * scale + shift)
}
a = [h |> through(relu), h |> through(relu6), h |> through(leaky_relu), h |> through(elu),
     h |> through(selu), h |> through(softplus), h |> through(logsigmoid), h |> through(mish),
     h |> through(softsign), h |> through(hardtanh), h |> through(tanh), h |> through(sigmoid),
     h |> through(softmax), h |> through(log_softmax), h |> through(erf), h |> through(sin)]
h = concat(a, axis = 1) |> linear(16)

out = h |> linear(4)
deep = h |> linear(12)
deep = reshape(deep, -1, 4, 3)
p = out |> linear(4) |> sigmoid
logp = out |> linear(4) |> log_softmax

loss = mse_loss(out, target) +
       l1_loss(h |> linear(4), target) +
       huber_loss(h |> linear(4), target, delta = 0.5) +
       cross_entropy(h |> linear(4), label) +
       cross_entropy(deep, labels, ignore_index = 0, label_smoothing = 0.1) +
       nll_loss(logp, label, ignore_index = 1) +
       bce_with_logits(h |> linear(4), share) +
       bce_loss(p, share) +
       kl_div(logp, softmax(share)) +
       mean(logsumexp(h |> linear(4), axis = 1)) +
       mean(norm(h |> linear(4), axis = 1)) +
       mean(std(h |> linear(4), axis = 1)) +
       mean(clamp(h |> linear(4), min = -0.5, max = 0.5)) +
       mean(prod(h |> linear(4), axis = 1)) +
       mean(max(h |> linear(4), axis = 1))

metric hits = accuracy(out, label)
metric far = mae(out, target) + rmse(out, target) + r2(out, target)
metric guesses = perplexity(out, label)

data train {
    x = randn(16, 6)
    target = randn(16, 4)
    share = rand(16, 4)
    label = i32(randint(0, 4, 16))
    labels = i32(randint(0, 4, 16, 3))
}

train {
    minimize loss with adamw(lr = 1e-3)
    batch = 8
}
