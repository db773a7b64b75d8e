# schedules.dsl -- factors for a learning rate, as functions of the counters.  They are computed
# once a step on the host, and multiply:
#
#     adam(lr = 1e-3 * warmup(step, 100) * cosine(step / steps))
#
# `at` counts.  step and epoch count from 1, where PyTorch's schedulers count from 0: what a scheduler
# gives that is stepped behind each optimizer.step() is the factor at = step - 1; what one gives that
# is stepped behind each epoch is that at = epoch - 1.  Where `at` is a share of a whole, it is such as
# (step - 1) / steps.

# pi: half the circumference of the unit circle.
# PyTorch: torch.pi
# Example:
#     print pi * 2
#     > 6.28318531
const pi = 3.141592653589793

# reached(at, mark): 1 from mark on, 0 before.
# Helper of: constant_start, multistep
def reached(at, mark) = minimum(maximum(floor(at - mark) + 1.0, 0.0), 1.0)

# constant(at): 1, whatever the step.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1)
# Example:
#     print constant(5)
#     > 1
def constant(at) = 1.0

# cosine(at, last): from 1 at 0 down to `last` at 1, along half a cosine.  at is a share, such as
# step / steps.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.CosineAnnealingLR (T_max is the whole, last = eta_min / lr)
# Example:
#     print cosine(0), cosine(0.5), cosine(1), cosine(1, last = 0.1)
#     > 1 0.5 0 0.1
def cosine(at, last = 0.0) = last + (1 - last) * 0.5 * (1 + cos(pi * at))

# cosine_restarts(at, first, mult, last): cosine over `first` counts, and again from 1 each time,
# over mult times as many as before.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts (T_0 = first, T_mult = mult)
# Example:
#     print cosine_restarts(0, 10), cosine_restarts(5, 10), cosine_restarts(10, 10)
#     > 1 0.5 1
def cosine_restarts(at, first, mult = 1, last = 0.0) {
    share = (at / first) % 1.0
    if mult != 1 {
        done = floor(log(at / first * (mult - 1) + 1) / log(mult * 1.0) + 1e-9)
        length = first * (mult * 1.0) ** done
        share = (at - (length - first) / (mult - 1)) / length
    }
    return cosine(share, last)
}

# linear_decay(at, last): from 1 at 0 straight down to `last` at 1; at is a share.  (`linear` is the
# layer.)
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.LinearLR
# Example:
#     print linear_decay(0), linear_decay(0.25), linear_decay(1, last = 0.1)
#     > 1 0.75 0.1
def linear_decay(at, last = 0.0) = 1 - (1 - last) * at

# linear_ramp(at, length, first, last): from `first` at 0 straight to `last` at `length`, and on there.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.LinearLR (total_iters = length, its defaults: 1/3 to 1 in 5)
# Example:
#     print linear_ramp(0), linear_ramp(5), linear_ramp(9)
#     > 0.333333333 1 1
def linear_ramp(at, length = 5, first = 1 / 3, last = 1.0) =
    first + (last - first) * minimum(at / length, 1.0)

# constant_start(at, length, factor): factor before `length`, 1 from there on.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.ConstantLR
# Example:
#     print constant_start(4), constant_start(5)
#     > 0.333333333 1
def constant_start(at, length = 5, factor = 1 / 3) = factor + (1 - factor) * reached(at, length)

# polynomial(at, length, power): from 1 at 0 down to 0 at `length`.
#     (1 - at / length)^power
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.PolynomialLR
# Example:
#     print polynomial(0), polynomial(4), polynomial(4, power = 2.0)
#     > 1 0.2 0.04
def polynomial(at, length = 5, power = 1.0) = (1 - minimum(at / length, 1.0)) ** power

# exponential(at, rate): rate^at; at counts, such as epoch - 1.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.ExponentialLR
# Example:
#     print exponential(0, 0.9), exponential(2, 0.9)
#     > 1 0.81
def exponential(at, rate) = rate ** at

# step_decay(at, every, factor): multiplied by `factor` each time at passes another `every`.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.StepLR
# Example:
#     print step_decay(9, every = 10), step_decay(10, every = 10), step_decay(20, every = 10)
#     > 1 0.1 0.01
def step_decay(at, every, factor = 0.1) = factor ** (at // every)

# multistep(at, milestones, factor): multiplied by `factor` at each milestone, such as [30, 80].
# Shapes: at is a number, milestones a list of numbers
# PyTorch: torch.optim.lr_scheduler.MultiStepLR
# Example:
#     print multistep(29, [30, 80]), multistep(30, [30, 80]), multistep(80, [30, 80])
#     > 1 0.1 0.01
def multistep(at, milestones, factor = 0.1) {
    passed = 0.0
    for milestone in milestones {
        passed = passed + reached(at, milestone)
    }
    return factor ** passed
}

# warmup(at, length): from 1 / length up to 1, which is reached when at (such as step) is length.
# Multiply it with any other.
# Shapes: numbers
# PyTorch: LambdaLR(lambda t: min((t + 1) / length, 1)), with at = step
# Example:
#     print warmup(1, 100), warmup(50, 100), warmup(200, 100)
#     > 0.01 0.5 1
def warmup(at, length) = minimum(at / length, 1.0)

# inverse_sqrt(at, length): warmup over `length`, then down as 1 / sqrt(at): 1 at `length`.  at
# counts from 1, such as step.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min((t + 1) / length, (length / (t + 1)) ** 0.5))
# Example:
#     print inverse_sqrt(50, 100), inverse_sqrt(100, 100), inverse_sqrt(400, 100)
#     > 0.5 1 0.5
def inverse_sqrt(at, length) = minimum(at / length, sqrt(length / at))

# noam(at, width, length): the schedule of "Attention is all you need", for lr = 1: inverse_sqrt over
# sqrt(width length).
#     width^-0.5 min(at^-0.5, at length^-1.5)
# Shapes: numbers
# PyTorch: none; LambdaLR with the same formula
# Example:
#     print noam(1, width = 512, length = 4000), noam(4000, width = 512, length = 4000)
#     > 1.74692811e-07 0.000698771243
def noam(at, width, length) = width ** -0.5 * minimum(at ** -0.5, at * length ** -1.5)

# anneal(from, to, share, how): from `from` at 0 to `to` at 1, along half a "cos" or "linear".
# Helper of: one_cycle, one_cycle_momentum
def anneal(from, to, share, how) {
    from = require(from, how == "cos" or how == "linear", "anneal_strategy is cos or linear, not '",
                   how, "'")
    if how == "linear" {
        return from + (to - from) * share
    }
    return to + (from - to) * 0.5 * (1 + cos(pi * share))
}

# one_cycle(at, total, pct_start, anneal_strategy, div_factor, final_div_factor): up from
# 1 / div_factor to 1 over the first pct_start of the `total` counts, then down to
# 1 / (div_factor final_div_factor), which is reached at total - 1.  The factor is of PyTorch's max_lr.
# Shapes: numbers
# PyTorch: torch.optim.lr_scheduler.OneCycleLR with at = step - 1, total = steps
# Example:
#     print one_cycle(0, 100), one_cycle(29, 100), one_cycle(99, 100)
#     > 0.04 1 4e-06
def one_cycle(at, total, pct_start = 0.3, anneal_strategy = "cos", div_factor = 25.0,
              final_div_factor = 1e4) {
    top = pct_start * total - 1
    low = 1 / div_factor
    up = anneal(low, 1.0, minimum(at / top, 1.0), anneal_strategy)
    down = anneal(1.0, low / final_div_factor, maximum(at - top, 0.0) / (total - 1 - top),
                  anneal_strategy)
    return up + down - 1
}

# one_cycle_momentum(at, total, pct_start, anneal_strategy, base, largest): the momentum (or beta1)
# that goes with one_cycle: from `largest` down to `base`, and up again.
# Shapes: numbers
# PyTorch: OneCycleLR's cycle_momentum (base_momentum = base, max_momentum = largest)
# Example:
#     print one_cycle_momentum(0, 100), one_cycle_momentum(29, 100), one_cycle_momentum(99, 100)
#     > 0.95 0.85 0.95
def one_cycle_momentum(at, total, pct_start = 0.3, anneal_strategy = "cos", base = 0.85,
                       largest = 0.95) {
    top = pct_start * total - 1
    fall = anneal(largest, base, minimum(at / top, 1.0), anneal_strategy)
    rise = anneal(base, largest, maximum(at - top, 0.0) / (total - 1 - top), anneal_strategy)
    return fall + rise - base
}
