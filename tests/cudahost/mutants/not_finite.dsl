# not_finite.dsl -- in the fourth step the loss is infinite: variables stay as they were before it, as in C, and of what it is
# made of the first that is infinite is told.
input x: f32[batch]
param w: f32[1] = uniform(0.5, 1)
even = matmul(x[:, none], ones(1, 5))
loss = mean(matmul(exp(3 * x * w)[:, none], ones(1, 2))) + 1e-3 * mean(sum(even, axis = 1) ** 2)
data train { x = f32(arange(8)) ** 2 }
train { minimize loss with sgd(lr = 1e-3)
        clip_norm = 1.0
        batch = 2
        shuffle = false
        epochs = 1 }
