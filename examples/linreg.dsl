# linreg.dsl: fit a line to 100 noisy points
#
#     gradc linreg.dsl -o linreg && ./linreg
#
# The data is made as in scikit-learn's make_regression with one feature: a slope of 42.4, and noise
# of standard deviation 10.  After 100 epochs the slope and the bias are within their standard error
# (10 / sqrt(100) = 1.0) of the least-squares line; the loss is near the noise's variance, 100.
# linreg.svg shows the loss, linreg-fit.svg the points and the line.

option lr = 1e-2                              # ./linreg --lr 0.003

input x: f32[batch, 1]
input y: f32[batch, 1]

prediction   = x |> linear(1)
loss         = mse_loss(prediction, y)
metric error = rmse(prediction, y)
output yhat  = prediction

data train {
    x = randn(100, 1)
    y = 42.4 * x + 1.5 + 10 * randn(100, 1)
}

train {
    minimize loss with sgd(lr = lr)
    batch   = 16
    epochs  = 100
    shuffle = true
}
