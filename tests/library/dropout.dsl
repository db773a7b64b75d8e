# dropout.dsl -- dropout while training: a quarter is 0, the rest grows by 4/3, so that the mean stays;
# each step draws anew; in evaluation everything stays.
input x: f32[batch, 1000]
param scale = 1.0
y = dropout(x, p = 0.25)
loss = scale * mean(y)
metric zeros_there = mean(y == 0)
metric grown = max(y)
data train { x = ones(64, 1000) }
data valid { x = ones(16, 1000) }
train {
    minimize loss + mean(f32(abs(y - 4 / 3) > 1e-6)) with sgd(lr = 0.0)
    batch = 16
}
