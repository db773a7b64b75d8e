# metrics.dsl -- how good a model is.  All are written as sums and means over samples, so that over
# a whole data split they are exact: of all its samples, not averages of averages over batches.

# accuracy(logits, label): the share of samples whose largest logit is at the label.
#     logits f32[batch, classes] or f32[batch, classes, d...]; label integers without the class axis
def accuracy(logits, label) = mean(argmax(logits, axis = class_axis(logits)) == label)

# mae(prediction, target): the mean absolute error.
def mae(prediction, target) = l1_loss(prediction, target)

# rmse(prediction, target): the root of the mean squared error.
def rmse(prediction, target) = sqrt(mse_loss(prediction, target))

# r2(prediction, target): the share of the target's variance that is explained,
#     1 - sum((t - p)^2) / sum((t - mean(t))^2)
# The second sum is taken as sum(t^2) - sum(t)^2 / n, for a mean inside a sum would need two passes
# over the data; f64 keeps the difference exact enough.
def r2(prediction, target) {
    t = f64(target)
    off = t - f64(prediction)
    left = sum(off * off)
    spread = sum(t * t) - sum(t) * sum(t) / size(t)
    return f32(1 - left / spread)
}

# perplexity(logits, label): e to the cross entropy: among how many classes the model seems to
# guess.
def perplexity(logits, label) = exp(cross_entropy(logits, label))
