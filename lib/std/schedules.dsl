# schedules.dsl -- factors for a learning rate, as functions of the counters.  They are computed
# once a step on the host, and multiply:
#
#     adam(lr = 1e-3 * warmup(step, 100) * cosine(step / steps))

const pi = 3.141592653589793

# constant(at): 1, whatever the step.
def constant(at) = 1.0

# cosine(at, last): from 1 at 0 down to `last` at 1, along half a cosine.  at is a share, such as
# step / steps.
# PyTorch: torch.optim.lr_scheduler.CosineAnnealingLR
def cosine(at, last = 0.0) = last + (1 - last) * 0.5 * (1 + cos(pi * at))

# linear_decay(at, last): from 1 at 0 straight down to `last` at 1.  (`linear` is the layer.)
# PyTorch: torch.optim.lr_scheduler.LinearLR
def linear_decay(at, last = 0.0) = 1 - (1 - last) * at

# exponential(at, rate): rate^at; at counts, such as epoch - 1.
# PyTorch: torch.optim.lr_scheduler.ExponentialLR
def exponential(at, rate) = rate ** at

# step_decay(at, every, factor): multiplied by `factor` each time at passes another `every`.
# PyTorch: torch.optim.lr_scheduler.StepLR
def step_decay(at, every, factor = 0.1) = factor ** (at // every)

# warmup(at, length): from 1 / length up to 1, which is reached when at (such as step) is length.
def warmup(at, length) = minimum(at / length, 1.0)
