# gan.dsl: two networks that play against each other learn to draw 8x8 digits
#
#     gradc gan.dsl -o gan && ./gan
#
# Goodfellow et al., "Generative Adversarial Nets" (2014), with convolutions as in DCGAN (Radford et al., 2015), on the
# digits of digits.dsl.  G draws digits from noise; D tells them from real ones.  Each batch trains D, then G.
#
# No loss of a GAN says how well it draws.  Here two numbers do: how far an image is from the nearest of the 1,500
# digits that were learned from, on average over G's images and over held-out digits.  They are 1.4 and 1.1 after 100
# epochs.  D is right on 60 to 75 % of the images by then: it has not won, nor has G.
#
# After each epoch gan-samples.png shows 64 images of G, and a line how many of 640 are nearest to a 0, a 1, ... a 9.

const noise_size = 32
const drop       = 0.3
option lr        = 1e-3

input pixels: f32[batch, 64]

module generator()(z) {
    h = reshape(z |> linear(64 * 2 * 2) |> batchnorm1d() |> relu, -1, 64, 2, 2)
    return h
        |> conv_transpose2d(32, 4, stride = 2, padding = 1) |> batchnorm2d() |> relu
        |> conv_transpose2d(1, 4, stride = 2, padding = 1) |> sigmoid
}

module discriminator()(x) {
    return x
        |> conv2d(32, 4, stride = 2, padding = 1) |> leaky_relu(0.2) |> dropout2d(drop)
        |> conv2d(64, 4, stride = 2, padding = 1) |> leaky_relu(0.2) |> dropout2d(drop)
        |> flatten |> linear(1)                     # the logit of "real"
}

G = generator()
D = discriminator()

real = reshape(pixels / 16, -1, 1, 8, 8)
fake = G(randn(batch, noise_size))

of_real = D(real)
of_fake = D(detach(fake))
d_loss  = (mean(softplus(-of_real)) + mean(softplus(of_fake))) / 2
g_loss  = mean(softplus(-D(fake)))

# distances(x, y): between each row of x and each of y.
def distances(x, y) =
    sqrt(relu(sum(x ** 2, axis = 1, keepdims = true) + sum(y ** 2, axis = 1) - 2 * x @ y.T))

learned = load("data/digits.csv", rows = 0:1500, columns = 0:64) / 16
metric d_accuracy    = (mean(of_real > 0) + mean(of_fake < 0)) / 2
metric fake_distance = mean(min(distances(flatten(fake), learned), axis = 1))
metric real_distance = mean(min(distances(flatten(real), learned), axis = 1))

data train { pixels = csv("data/digits.csv", rows = :1500, columns = :64) }
data test { pixels = csv("data/digits.csv", rows = 1500:, columns = :64) }

report {
    digit = i64(load("data/digits.csv", rows = 0:1500, columns = 64))
    images = G(randn(640, noise_size))
    nearest = argmin(distances(reshape(images, 640, 64), learned), axis = 1)
    print "nearest to 0 .. 9:", sum(one_hot(digit[nearest], 10), axis = 0)
    save "gan-samples.png", upsample(images[:64], 3)
}

train {
    step { minimize d_loss over D with adam(lr = lr, beta1 = 0.5) }
    step { minimize g_loss over G with adam(lr = lr, beta1 = 0.5) }
    batch   = 50
    epochs  = 100
    shuffle = true
    average = 0.99                                  # of the weights: what is drawn is steadier
}
