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

# smooth_l1_loss(prediction, target, beta): squares while the error is less than beta, lines beyond:
#     e^2 / (2 beta)  or  |e| - beta / 2
# Shapes: both alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.smooth_l1_loss
# Example:
#     print smooth_l1_loss([1.0, 1.5, 4.0], [1.0, 1.0, 1.0])
#     > 0.875
def smooth_l1_loss(prediction, target, beta = 1.0) {
    off = prediction - target
    size = abs(off)
    return mean(where(size < beta, 0.5 * off * off / where(size < beta, beta, 1),
                      size - 0.5 * beta))
}

# class_axis(scores, label): where the classes are: axis 1, of a single vector axis 0, as PyTorch has it; where only
# the last axis fits the labels, as in [batch, time, classes] against [batch, time], the last.
# Helper of: nll_loss, cross_entropy, accuracy, topk_accuracy, confusion_matrix
def class_axis(scores, label) {
    axis = require(1 if ndim(scores) > 1 else 0, ndim(scores) == ndim(label) + 1, "the scores are ",
                   scores, ", the labels ", label, ": scores have an axis more, for the classes")
    if ndim(scores) > 2 and ndim(label) == ndim(scores) - 1 {
        second = true
        last = true
        for i in 1..ndim(label) {
            second = second and size(label, axis = i) == size(scores, axis = i + 1)
            last = last and size(label, axis = i) == size(scores, axis = i)
        }
        axis = ndim(label) if last and not second else 1
    }
    return axis
}

# label_class(label, ignore_index): the labels, but class 0 for those that do not count.
# Helper of: nll_loss, cross_entropy, topk_accuracy, confusion_matrix
def label_class(label, ignore_index) =
    label if ignore_index == none else where(label != ignore_index, label, 0)

# label_share(label, weight, ignore_index): how much each label counts: its class's weight, 0 where it is ignored; none
# where all count alike.
# Helper of: nll_loss, cross_entropy, accuracy, topk_accuracy
def label_share(label, weight, ignore_index) {
    share = none
    if weight != none {
        share = take(weight, label_class(label, ignore_index), axis = 0)
    }
    if ignore_index != none {
        counted = f32(label != ignore_index)
        share = counted if weight == none else share * counted
    }
    return share
}

# mean_shared(each, share, total): the sum of the elements times their shares, divided by the total; what has no share
# may be anything, NaN too.
# Helper of: nll_loss, cross_entropy, accuracy, topk_accuracy
def mean_shared(each, share, total) {
    if share == none {
        return mean(each)
    } else {
        return sum(where(share == 0, 0, each * share)) / sum(total)
    }
}

# nll_loss(logp, label, weight, ignore_index): the mean of -logp at each sample's label, each weighted by its class's
# weight. Labels equal to ignore_index count for nothing; the mean is over those that count.
# Shapes:
#     logp    f32[batch, classes], [batch, classes, d...] or [batch, d..., classes]: logarithms of probabilities
#     label   integers in [0, classes), of the same shape without the class axis
#     weight  f32[classes]
#     result  one number
# PyTorch: torch.nn.functional.nll_loss
# Example:
#     logp = log_softmax([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
#     print nll_loss(logp, [0, 1])
#     > 0.251264
def nll_loss(logp, label, weight = none, ignore_index = none) {
    share = label_share(label, weight, ignore_index)
    chosen = pick(logp, label_class(label, ignore_index), axis = class_axis(logp, label))
    return -mean_shared(chosen, share, share)
}

# cross_entropy(logits, label, weight, ignore_index, label_smoothing): nll_loss of log_softmax(logits). With
# label_smoothing = s each label keeps 1 - s of its weight, and s is spread over all classes.
# Shapes:
#     logits  f32[batch, classes], [batch, classes, d...] or [batch, d..., classes]: any numbers
#     label   integers in [0, classes), of the same shape without the class axis
#     weight  f32[classes]
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
def cross_entropy(logits, label, weight = none, ignore_index = none, label_smoothing = 0.0) {
    axis = class_axis(logits, label)
    logp = log_softmax(logits, axis = axis)
    loss = nll_loss(logp, label, weight = weight, ignore_index = ignore_index)
    if not is_zero(label_smoothing) {
        share = label_share(label, weight, ignore_index)
        counted = label_share(label, none, ignore_index)
        even = class_mean(logp, weight, axis)
        if weight != none and ignore_index == none {
            counted = ones_like(share)
        }
        loss = (1 - label_smoothing) * loss - label_smoothing * mean_shared(even, counted, share)
    }
    return loss
}

# class_mean(logp, weight, axis): the mean over the classes of logp times the classes' weights.
# Helper of: cross_entropy
def class_mean(logp, weight, axis) {
    if weight == none {
        return mean(logp, axis = axis)
    } else {
        last = transpose(logp, axis, -1) * weight
        return mean(transpose(last, axis, -1), axis = axis)
    }
}

# bce_with_logits(logits, target, weight, pos_weight): binary cross entropy of sigmoid(logits), targets from 0 to 1, by
# a formula that never overflows:
#     (1 - t) x + (1 + (pos_weight - 1) t) (max(-x, 0) + log(1 + e^-|x|))
# pos_weight is how much a target of 1 counts, weight how much each element does.
# Shapes: all alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.binary_cross_entropy_with_logits
# Example:
#     print bce_with_logits([2.0, -1.0, 1000.0], [1.0, 0.0, 1.0])
#     > 0.14673
def bce_with_logits(logits, target, weight = none, pos_weight = none) {
    each = softplus(logits) - logits * target
    if pos_weight != none {
        each = (1 - target) * logits + (1 + (pos_weight - 1) * target) * softplus(-logits)
    }
    return mean(each if weight == none else each * weight)
}

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

# hinge_loss(scores, target): how far each score is from a margin of 1 on the side of its target:
#     the mean of max(0, 1 - t x)
# Shapes: scores f32 and target (1 or -1) alike; the result is one number
# PyTorch: none; clamp(1 - target * scores, min=0).mean()
# Example:
#     print hinge_loss([2.0, 0.5, 0.5], [1.0, 1.0, -1.0])
#     > 0.666667
def hinge_loss(scores, target) = mean(relu(1 - target * scores))

# multi_margin_loss(scores, label, p, margin, weight): how far each wrong class is from lying a margin below the right
# one:
#     the mean over samples of  sum(max(0, margin - x[label] + x[i])^p for i other than label) / classes
# Shapes:
#     scores  f32[batch, classes]
#     label   integers in [0, classes), [batch]
#     weight  f32[classes]
#     result  one number
# PyTorch: torch.nn.functional.multi_margin_loss
# Example:
#     print multi_margin_loss([[2.0, 0.5, 1.5]], [0])
#     > 0.166667
def multi_margin_loss(scores, label, p = 1, margin = 1.0, weight = none) {
    right = unsqueeze(pick(scores, label), -1)
    short = relu(margin - right + scores)
    short = short if p == 1 else short ** p
    wrong = one_hot(label, size(scores, axis = -1)) == 0
    each = sum(where(wrong, short, 0), axis = -1) / size(scores, axis = -1)
    return mean(each if weight == none else each * take(weight, label, axis = 0))
}

# margin_ranking_loss(a, b, target, margin): how far a is from being larger than b by a margin, or smaller where target
# is -1:
#     the mean of max(0, -t (a - b) + margin)
# Shapes: all alike, or broadcasting; the result is one number
# PyTorch: torch.nn.functional.margin_ranking_loss
# Example:
#     print margin_ranking_loss([2.0, 1.0], [1.0, 3.0], [1.0, 1.0])
#     > 1
def margin_ranking_loss(a, b, target, margin = 0.0) = mean(relu(margin - target * (a - b)))

# cosine_similarity(a, b, axis, eps): the cosine of the angle between vectors along an axis; lengths below eps count as
# eps.
# Shapes: both alike, or broadcasting; the result lacks the axis
# PyTorch: torch.nn.functional.cosine_similarity
# Example:
#     print cosine_similarity([[1.0, 0.0], [1.0, 1.0]], [[0.0, 2.0], [2.0, 2.0]], axis = 1)
#     > [0.0000, 1.0000]
def cosine_similarity(a, b, axis = 1, eps = 1e-8) {
    lengths = maximum(norm(a, axis = axis), eps) * maximum(norm(b, axis = axis), eps)
    return sum(a * b, axis = axis) / lengths
}

# cosine_embedding_loss(a, b, target, margin): 1 - cos where target is 1, max(0, cos - margin) where it is -1; the mean.
# Shapes: a, b f32[batch, n], target [batch]; the result is one number
# PyTorch: torch.nn.functional.cosine_embedding_loss
# Example:
#     print cosine_embedding_loss([[1.0, 0.0]], [[1.0, 1.0]], [1])
#     > 0.292893
def cosine_embedding_loss(a, b, target, margin = 0.0) {
    sizes = (sum(a * a, axis = -1) + 1e-12) * (sum(b * b, axis = -1) + 1e-12) # PyTorch's guard
    near = sum(a * b, axis = -1) / sqrt(sizes)
    return mean(where(target == 1, 1 - near, relu(near - margin)))
}
