# not_finite.dsl -- in the fourth step the loss is infinite: variables stay as they were before it, as in C.
input x: f32[batch]
param w: f32[1] = uniform(0.5, 1)
loss = mean(exp(3 * x * w))
data train { x = f32(arange(8)) ** 2 }
train { minimize loss with sgd(lr = 1e-3)
        clip_norm = 1.0
        batch = 2
        shuffle = false
        epochs = 1 }
