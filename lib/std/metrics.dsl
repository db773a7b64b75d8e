# metrics.dsl -- how good a model is.  All are written as sums and means over samples, so that over
# a whole data split they are exact: of all its samples, not averages of averages over batches.

# accuracy(logits, label): the share of samples whose largest logit is at the label.
# Shapes:
#     logits  f32[batch, classes] or f32[batch, classes, d...]
#     label   integers in [0, classes), of the same shape without the class axis
#     result  one number
# PyTorch: none; (logits.argmax(1) == label).float().mean()
# Example:
#     print accuracy([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
#     > 0.666667
def accuracy(logits, label) = mean(argmax(logits, axis = class_axis(logits)) == label)

# mae(prediction, target): the mean absolute error.
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.l1_loss
# Example:
#     print mae([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
#     > 1.33333
def mae(prediction, target) = l1_loss(prediction, target)

# rmse(prediction, target): the root of the mean squared error.
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: none; mse_loss(prediction, target).sqrt()
# Example:
#     print rmse([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
#     > 1.82574
def rmse(prediction, target) = sqrt(mse_loss(prediction, target))

# r2(prediction, target): the share of the target's variance that is explained,
#     1 - sum((t - p)^2) / sum((t - mean(t))^2)
# The second sum is taken as sum(t^2) - sum(t)^2 / n, for a mean inside a sum would need two passes
# over the data; f64 keeps the difference exact enough.
# Shapes: both alike; the result is one number
# PyTorch: none; scikit-learn has it as r2_score(target, prediction)
# Example:
#     print r2([1.0, 2.0, 2.5], [1.0, 2.0, 3.0])
#     > 0.875
def r2(prediction, target) {
    t = f64(target)
    off = t - f64(prediction)
    left = sum(off * off)
    spread = sum(t * t) - sum(t) * sum(t) / size(t)
    return f32(1 - left / spread)
}

# perplexity(logits, label): e to the cross entropy: among how many classes the model seems to
# guess.
# Shapes: as cross_entropy
# PyTorch: none; cross_entropy(logits, label).exp()
# Example:
#     print perplexity([[0.0, 0.0, 0.0, 0.0]], [2])
#     > 4
def perplexity(logits, label) = exp(cross_entropy(logits, label))
