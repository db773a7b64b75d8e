# The adding problem: of a sequence of numbers, two are marked; their sum is wanted.
const time = 10
input x: f32[batch, time, 2]        # a number, and its mark
input sum_of_two: f32[batch, 1]

y, h = gru(16)(x)
prediction = h[:, 0] |> linear(1)
loss = mse_loss(prediction, sum_of_two)
metric error = rmse(prediction, sum_of_two)
output guess = prediction

# Marks: one in the first half, one in the second.
def marks(n) {
    early = one_hot(randint(0, time // 2, n), time, dtype = f32)
    late = one_hot(randint(time // 2, time, n), time, dtype = f32)
    return early + late
}
def numbers(n) = stack([rand(n, time), marks(n)], axis = 2)
data train {
    x = numbers(1024)
    sum_of_two = sum(x[:, :, 0] * x[:, :, 1], axis = 1, keepdims = true)
}
data test {
    x = numbers(256)
    sum_of_two = sum(x[:, :, 0] * x[:, :, 1], axis = 1, keepdims = true)
}

train {
    minimize loss with adam(lr = 1e-2)
    batch = 32
    epochs = 15
}
