# ahead.dsl -- steps that read nothing of their batches, so that dozens of routines are on their way; every other one is empty.
input x: f32[batch]
param w = ones(3)
loss = mean((w - dropout(ones_like(x), 0.5)[:, none]) ** 2)
data train { x = zeros(96) }
train {
    batch      = 1
    accumulate = 8
    step { minimize loss with sgd(lr = 0.1 / step)
           every = 2 }
}
