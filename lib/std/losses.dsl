# losses.dsl -- what training minimises.  Each gives one number, the mean over everything; a mean
# over the batch is over its real samples.  Predictions come first, targets second, as in PyTorch.

# mse_loss(prediction, target): the mean of (prediction - target)^2.  The shapes must fit:
# f32[batch, 1] against f32[batch] is an error here, where PyTorch only warns.
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.mse_loss
# Example:
#     print mse_loss([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
#     > 3.33333
def mse_loss(prediction, target) {
    off = prediction - target
    return mean(off * off)
}

# l1_loss(prediction, target): the mean of |prediction - target|.
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.l1_loss
# Example:
#     print l1_loss([1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
#     > 1.33333
def l1_loss(prediction, target) = mean(abs(prediction - target))

# huber_loss(prediction, target, delta): squares while the error is at most delta, lines beyond:
#     e^2 / 2  or  delta (|e| - delta / 2)
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.huber_loss
# Example:
#     print huber_loss([1.0, 1.5, 4.0], [1.0, 1.0, 1.0])
#     > 0.875
def huber_loss(prediction, target, delta = 1.0) {
    off = prediction - target
    size = abs(off)
    return mean(where(size <= delta, 0.5 * off * off, delta * (size - 0.5 * delta)))
}

# class_axis(scores): where the classes are: axis 1, of a single vector axis 0, as PyTorch has it.
# Helper of: nll_loss, cross_entropy, accuracy
def class_axis(scores) = 1 if ndim(scores) > 1 else 0

# mean_counted(each, label, ignore_index): the mean of the elements whose label counts.
# Helper of: nll_loss, cross_entropy
def mean_counted(each, label, ignore_index) {
    if ignore_index == none {
        return mean(each)
    } else {
        counted = label != ignore_index
        return sum(where(counted, each, 0)) / sum(f32(counted))
    }
}

# nll_loss(logp, label, ignore_index): the mean of -logp at each sample's label.  Labels equal to
# ignore_index count for nothing.
# Shapes:
#     logp    f32[batch, classes] or f32[batch, classes, d...]: logarithms of probabilities
#     label   integers in [0, classes), of the same shape without the class axis
#     result  one number
# PyTorch: torch.nn.functional.nll_loss
# Example:
#     logp = log_softmax([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
#     print nll_loss(logp, [0, 1])
#     > 0.251264
def nll_loss(logp, label, ignore_index = none) {
    class = label if ignore_index == none else where(label != ignore_index, label, 0)
    return -mean_counted(pick(logp, class, axis = class_axis(logp)), label, ignore_index)
}

# cross_entropy(logits, label, ignore_index, label_smoothing): nll_loss of log_softmax(logits).
# With label_smoothing = s each label keeps 1 - s of its weight, and s is spread over all classes.
# Shapes:
#     logits  f32[batch, classes] or f32[batch, classes, d...]: any numbers
#     label   integers in [0, classes), of the same shape without the class axis
#     result  one number
# PyTorch: torch.nn.functional.cross_entropy
# Example:
#     logits = [[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]]
#     print cross_entropy(logits, [0, 1])
#     print cross_entropy(logits, [0, -100], ignore_index = -100)
#     print cross_entropy(logits, [0, 1], label_smoothing = 0.1)
#     > 0.251264
#     > 0.407606
#     > 0.401264
def cross_entropy(logits, label, ignore_index = none, label_smoothing = 0.0) {
    axis = class_axis(logits)
    logp = log_softmax(logits, axis = axis)
    loss = nll_loss(logp, label, ignore_index)
    if not is_zero(label_smoothing) {
        even = -mean_counted(mean(logp, axis = axis), label, ignore_index)
        loss = (1 - label_smoothing) * loss + label_smoothing * even
    }
    return loss
}

# bce_with_logits(logits, target): binary cross entropy of sigmoid(logits), targets from 0 to 1, by
# a formula that never overflows:  max(x, 0) - x t + log(1 + e^-|x|)
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.binary_cross_entropy_with_logits
# Example:
#     print bce_with_logits([2.0, -1.0, 1000.0], [1.0, 0.0, 1.0])
#     > 0.14673
def bce_with_logits(logits, target) = mean(softplus(logits) - logits * target)

# bounded_log(p): log(p), but not below -100; at 0, where it is flat no more, its slope is 1e12.
# Helper of: bce_loss
def bounded_log(p) = where(p <= 0, 1e12 * p - 100, maximum(log(where(p <= 0, 1, p)), -100))

# bce_loss(p, target): binary cross entropy of probabilities; logarithms are kept above -100.
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.binary_cross_entropy
# Example:
#     print bce_loss([0.9, 0.2], [1.0, 0.0])
#     > 0.164252
def bce_loss(p, target) = -mean(target * bounded_log(p) + (1 - target) * bounded_log(1 - p))

# kl_div(logp, target): the mean over the batch (axis 0) of sum(target (log target - logp)), where a
# target of 0 adds 0.
# Shapes: both alike; the result is one number
# PyTorch: torch.nn.functional.kl_div(..., reduction="batchmean")
# Example:
#     print kl_div(log([[0.5, 0.5]]), [[0.25, 0.75]])
#     > 0.130812
def kl_div(logp, target) {
    safe = where(target > 0, target, 1)
    each = where(target > 0, target * (log(safe) - logp), 0)
    return sum(each) / size(logp, axis = 0)
}
