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

fit         = linear(1)
prediction  = fit(x)
loss        = mse_loss(prediction, y)
output yhat = prediction

# Beside the fitted line, the line of least squares in closed form, and how far the noise lets it be
# from the truth.  A mean in a metric is over the whole split, whatever the batches were.
sxx = mean(x * x) - mean(x) ** 2
sxy = mean(x * y) - mean(x) * mean(y)
syy = mean(y * y) - mean(y) ** 2
least_squares = sxy / sxx

metric error                = rmse(prediction, y)
metric slope                = fit.weight[0, 0]
metric slope_least_squares  = least_squares
metric slope_standard_error = sqrt((syy - least_squares * sxy) / sxx / (batch - 2))

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
