# gan.dsl -- two networks against each other, twice: as in the first paper, and with a critic whose
# gradient is kept at a length of 1 (WGAN-GP), in f64.  The log's `valid` lines are compared.
const reals = [[0.5, -1.0], [1.0, 0.25], [-1.5, 0.5], [0.75, 1.0], [2.0, -0.5], [-0.25, 0.125]]
const noises = [[0.1, 0.9], [-1.2, 0.3], [0.7, -0.8], [1.5, 0.2], [-0.4, -1.1], [0.6, 0.5]]
const shares = [0.25, 0.5, 0.75, 0.1, 0.9, 0.4]

module dense(start)(x: f64[batch, n]) {
    param weight: f64[size(start, 0), n] = start
    param bias: f64[size(start, 0)] = 0.1
    return x @ transpose(weight) + bias
}
module generator()(z) {
    return z |> dense(f64([[0.5, -0.25], [0.125, 0.75], [-0.5, 0.25]])) |> tanh |> dense(f64([[0.5, -1.0, 0.25], [1.0, 0.5, -0.75]]))
}
module critic()(x) {
    return x |> dense(f64([[-0.5, 0.25], [0.75, 0.5], [0.25, -1.0]])) |> tanh |> dense(f64([[1.0, -0.5, 0.75]]))
}

input real: f64[batch, 2]
input noise: f64[batch, 2]
input share: f64[batch]

G = generator()
D = critic()
fake = G(noise)
d_loss = mean(softplus(-D(real))) + mean(softplus(D(detach(fake))))
g_loss = mean(softplus(-D(fake)))

H = generator()
C = critic()
made = H(noise)
mix = real * share[:, none] + detach(made) * (1 - share[:, none])
length = sqrt(sum(grad(sum(C(mix)), mix) ** 2, axis = 1))
critic_loss = mean(C(detach(made))) - mean(C(real)) + 10 * mean((length - 1) ** 2)
maker_loss = -mean(C(made))

data train { real = f64(reals)
             noise = f64(noises)
             share = f64(shares) }
data valid { real = f64(reals)
             noise = f64(noises)
             share = f64(shares) }

train {
    step { minimize d_loss over D with adam(lr = 0.02, beta1 = 0.5) }
    step { minimize g_loss over G with adam(lr = 0.02, beta1 = 0.5) }
    step { minimize critic_loss over C with adam(lr = 0.01, beta1 = 0.0, beta2 = 0.9) }
    step { minimize maker_loss over H with adam(lr = 0.01, beta1 = 0.0, beta2 = 0.9)
           every = 2 }
    batch = 4
    epochs = 20
}
