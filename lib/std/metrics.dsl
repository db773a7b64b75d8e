# metrics.dsl -- how good a model is.  All are written as sums and means over samples, so that over
# a whole data split they are exact: of all its samples, not averages of averages over batches.

# accuracy(logits, label, ignore_index): the share of samples whose largest logit is at the label; those whose label is
# ignore_index do not count.
# Shapes:
#     logits  f32[batch, classes], [batch, classes, d...] or [batch, d..., classes]
#     label   integers in [0, classes), of the same shape without the class axis
#     result  one number
# PyTorch: none; (logits.argmax(1) == label).float().mean()
# Example:
#     print accuracy([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
#     > 0.666667
def accuracy(logits, label, ignore_index = none) {
    hit = f32(argmax(logits, axis = class_axis(logits, label)) == label)
    share = label_share(label, none, ignore_index)
    return mean_shared(hit, share, share)
}

# topk_accuracy(logits, label, k, ignore_index): the share of samples whose label is among the k largest logits: fewer
# than k are larger than its own.
# Shapes: as accuracy
# PyTorch: none; (logits.topk(k, 1).indices == label.unsqueeze(1)).any(1).float().mean()
# Example:
#     print topk_accuracy([[2.0, 0.0, 1.0], [0.0, 3.0, 1.0]], [2, 0], k = 2)
#     > 0.5
def topk_accuracy(logits, label, k = 5, ignore_index = none) {
    axis = class_axis(logits, label)
    own = unsqueeze(pick(logits, label_class(label, ignore_index), axis = axis), axis)
    hit = f32(sum(logits > own, axis = axis) < k)
    share = label_share(label, none, ignore_index)
    return mean_shared(hit, share, share)
}

# confusion_matrix(logits, label, ignore_index): how many samples of each class (rows) were taken for each class
# (columns). As a metric it is printed behind the others, for a whole split.
# Shapes:
#     logits  f32[batch, classes], [batch, classes, d...] or [batch, d..., classes]
#     label   integers in [0, classes), of the same shape without the class axis
#     result  i64[classes, classes]
# PyTorch: none; scikit-learn has it as confusion_matrix(label, predicted)
# Example:
#     print confusion_matrix([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
#     > [[1, 0],
#     >  [1, 1]]
def confusion_matrix(logits, label, ignore_index = none) {
    axis = class_axis(logits, label)
    n = size(logits, axis = axis)
    predicted = one_hot(argmax(logits, axis = axis), n)
    if ignore_index != none {
        predicted = where(unsqueeze(label == ignore_index, -1), 0, predicted)
    }
    rows = reshape(label_class(label, ignore_index), -1)
    return index_add(zeros(n, n, dtype = "i64"), 0, rows, reshape(predicted, -1, n))
}

# precision(logits, label, ignore_index): of what was taken for a class, the share that is of it: the mean over the
# classes, where one that was never taken has 0.
# Shapes: as accuracy
# PyTorch: none; scikit-learn has it as precision_score(label, predicted, average="macro")
# Example:
#     print precision([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
#     > 0.75
def precision(logits, label, ignore_index = none) {
    counts = confusion_matrix(logits, label, ignore_index)
    return mean(share_of(hits_of(counts), sum(counts, axis = 0)))
}

# recall(logits, label, ignore_index): of each class's samples, the share that was found: the mean over the classes,
# where one without samples has 0.
# Shapes: as accuracy
# PyTorch: none; scikit-learn has it as recall_score(label, predicted, average="macro")
# Example:
#     print recall([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
#     > 0.75
def recall(logits, label, ignore_index = none) {
    counts = confusion_matrix(logits, label, ignore_index)
    return mean(share_of(hits_of(counts), sum(counts, axis = 1)))
}

# f1_score(logits, label, ignore_index): the harmonic mean of each class's precision and recall, and of these the mean
# over the classes.
# Shapes: as accuracy
# PyTorch: none; scikit-learn has it as f1_score(label, predicted, average="macro")
# Example:
#     print f1_score([[2.0, 0.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
#     > 0.666667
def f1_score(logits, label, ignore_index = none) {
    counts = confusion_matrix(logits, label, ignore_index)
    return mean(share_of(2 * hits_of(counts), sum(counts, axis = 0) + sum(counts, axis = 1)))
}

# hits_of(counts): the diagonal of a confusion matrix.
# Helper of: precision, recall, f1_score
def hits_of(counts) = pick(counts, arange(size(counts, axis = 0)), axis = 1)

# share_of(part, whole): part / whole, 0 where both are 0.
# Helper of: precision, recall, f1_score
def share_of(part, whole) = f32(part) / f32(maximum(whole, 1))

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

# perplexity(logits, label, ignore_index): e to the cross entropy: among how many classes the model seems to guess.
# Shapes: as cross_entropy
# PyTorch: none; cross_entropy(logits, label).exp()
# Example:
#     print perplexity([[0.0, 0.0, 0.0, 0.0]], [2])
#     > 4
def perplexity(logits, label, ignore_index = none) =
    exp(cross_entropy(logits, label, ignore_index = ignore_index))
