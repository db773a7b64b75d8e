# optimizers.dsl -- how a parameter p moves, given its gradient g.  Each is compiled into one fused
# update; `step` counts the optimizer's updates from 1, states start at 0 unless it is said, and
# formulas and defaults are PyTorch's.  Numbers may be options; true and false are known when
# compiling.  A penalty or moment known to be 0 when compiling costs nothing.
#
# Each that has weight_decay adds weight_decay p to the gradient (L2), but for adamw and lion, which
# shrink p itself.  maximize turns the gradient round.

# descent(p, g, weight_decay, maximize): the gradient that most optimizers start from.
# Helper of: the optimizers
def descent(p, g, weight_decay, maximize) {
    slope = -g if maximize else g
    if not is_zero(weight_decay) {
        slope = slope + weight_decay * p
    }
    return slope
}

# after(n, step): 0 in steps 1 to n, 1 behind them, on the host.
# Helper of: sgd
def after(n, step) = minimum(maximum(step - n, 0.0), 1.0)

# sgd(lr, momentum, dampening, nesterov, weight_decay, maximize)
#     v = momentum v + (1 - dampening) g, in the first step v = g
#     p -= lr v,  or with nesterov  lr (g + momentum v)
# Shapes: those of p: g, and v where momentum is not 0
# PyTorch: torch.optim.SGD
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with sgd(lr = 0.1, momentum = 0.9) }
optimizer sgd(lr = 1e-3, momentum = 0.0, dampening = 0.0, nesterov = false, weight_decay = 0.0,
              maximize = false)(p, g) {
    move = descent(p, g, weight_decay, maximize)
    if not is_zero(momentum) {
        state v = zeros_like(p)
        if is_zero(dampening) {
            v <- momentum * v + move
        } else {
            v <- momentum * v + (1 - dampening * after(1, step)) * move
        }
        move = move + momentum * v if nesterov else v
    }
    p <- p - lr * move
}

# adam(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize): steps of about lr, whatever the
# gradient's scale.
#     m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
#     p -= lr m' / (sqrt(v') + eps)   with m' = m / (1 - beta1^step), v' likewise
# With amsgrad the largest v so far stands for v.
# Shapes: those of p: g, m and v; with amsgrad the largest v too
# PyTorch: torch.optim.Adam
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with adam(lr = 1e-3) }
optimizer adam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.0,
               amsgrad = false, maximize = false)(p, g) {
    state m = zeros_like(p)
    state v = zeros_like(p)
    slope = descent(p, g, weight_decay, maximize)
    m <- beta1 * m + (1 - beta1) * slope
    v <- beta2 * v + (1 - beta2) * slope * slope
    power = v
    if amsgrad {
        state largest = zeros_like(p)
        largest <- maximum(largest, v)
        power = largest
    }
    rate = lr / (1 - beta1 ** step)
    growth = 1 / sqrt(1 - beta2 ** step)
    p <- p - rate * m / (sqrt(power) * growth + eps)
}

# adamw(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize): adam, and p shrinks by
# lr weight_decay first.
# Shapes: those of p: g, m and v; with amsgrad the largest v too
# PyTorch: torch.optim.AdamW
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with adamw(lr = 1e-3, weight_decay = 0.05) }
optimizer adamw(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01,
                amsgrad = false, maximize = false)(p, g) {
    state m = zeros_like(p)
    state v = zeros_like(p)
    slope = -g if maximize else g
    m <- beta1 * m + (1 - beta1) * slope
    v <- beta2 * v + (1 - beta2) * slope * slope
    power = v
    if amsgrad {
        state largest = zeros_like(p)
        largest <- maximum(largest, v)
        power = largest
    }
    shrunk = p * (1 - lr * weight_decay)
    rate = lr / (1 - beta1 ** step)
    growth = 1 / sqrt(1 - beta2 ** step)
    p <- shrunk - rate * m / (sqrt(power) * growth + eps)
}

# nadam(lr, beta1, beta2, eps, weight_decay, momentum_decay, maximize): adam with Nesterov's
# momentum.
#     mu(t) = beta1 (1 - 0.5 0.96^(t momentum_decay));  product = mu(1) mu(2) ... mu(step)
#     p -= lr ((1 - mu(step)) g / (1 - product) + mu(step + 1) m / (1 - product mu(step + 1)))
#          / (sqrt(v') + eps)
# Shapes: those of p: g, m and v
# PyTorch: torch.optim.NAdam
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with nadam() }
optimizer nadam(lr = 2e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.0,
                momentum_decay = 4e-3, maximize = false)(p, g) {
    state m = zeros_like(p)
    state v = zeros_like(p)
    state product: f64 = 1
    slope = descent(p, g, weight_decay, maximize)
    mu = beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))
    next = beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))
    product <- product * mu
    m <- beta1 * m + (1 - beta1) * slope
    v <- beta2 * v + (1 - beta2) * slope * slope
    of_slope = lr * (1 - mu) / (1 - product)
    of_m = lr * next / (1 - product * next)
    growth = 1 / sqrt(1 - beta2 ** step)
    p <- p - (of_slope * slope + of_m * m) / (sqrt(v) * growth + eps)
}

# radam(lr, beta1, beta2, eps, weight_decay, maximize): adam, which divides by sqrt(v') only when v'
# has seen enough steps to be trusted.
#     rho = 2 / (1 - beta2) - 1 at last, and r = rho - 2 step beta2^step / (1 - beta2^step) now
#     r > 5:  p -= lr m' sqrt((r - 4) (r - 2) rho / ((rho - 4) (rho - 2) r)) / sqrt(v')
#     else:   p -= lr m'
# Shapes: those of p: g, m and v
# PyTorch: torch.optim.RAdam
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with radam() }
optimizer radam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.0,
                maximize = false)(p, g) {
    state m = zeros_like(p)
    state v = zeros_like(p)
    slope = descent(p, g, weight_decay, maximize)
    m <- beta1 * m + (1 - beta1) * slope
    v <- beta2 * v + (1 - beta2) * slope * slope
    unseen = 1 - beta2 ** step
    rho = 2 / (1 - beta2) - 1
    r = rho - 2 * step * (1 - unseen) / unseen
    trusted = minimum(maximum(ceil(r - 5), 0.0), 1.0)
    t = maximum(r, 5.0)
    length = sqrt((t - 4) * (t - 2) * rho / ((rho - 4) * (rho - 2) * t)) * sqrt(unseen)
    rate = lr / (1 - beta1 ** step)
    p <- p - rate * m * (trusted * length / (sqrt(v) + eps) + (1 - trusted))
}

# adamax(lr, beta1, beta2, eps, weight_decay, maximize): adam by the largest gradient instead of
# squares.
#     u = max(beta2 u, |g| + eps);  p -= lr m' / u
# Shapes: those of p: g, m and u
# PyTorch: torch.optim.Adamax
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with adamax() }
optimizer adamax(lr = 2e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.0,
                 maximize = false)(p, g) {
    state m = zeros_like(p)
    state u = zeros_like(p)
    slope = descent(p, g, weight_decay, maximize)
    m <- beta1 * m + (1 - beta1) * slope
    u <- maximum(beta2 * u, abs(slope) + eps)
    p <- p - lr / (1 - beta1 ** step) * m / u
}

# adadelta(lr, rho, eps, weight_decay, maximize): steps as large as those before, in the units of p.
#     v = rho v + (1 - rho) g^2;  d = sqrt(w + eps) / sqrt(v + eps) g
#     w = rho w + (1 - rho) d^2;  p -= lr d
# Shapes: those of p: g, v and w
# PyTorch: torch.optim.Adadelta
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with adadelta() }
optimizer adadelta(lr = 1.0, rho = 0.9, eps = 1e-6, weight_decay = 0.0, maximize = false)(p, g) {
    state v = zeros_like(p)
    state w = zeros_like(p)
    slope = descent(p, g, weight_decay, maximize)
    v <- rho * v + (1 - rho) * slope * slope
    d = sqrt(w + eps) / sqrt(v + eps) * slope
    w <- rho * w + (1 - rho) * d * d
    p <- p - lr * d
}

# rmsprop(lr, alpha, eps, weight_decay, momentum, centered, maximize)
#     v = alpha v + (1 - alpha) g^2;  p -= lr g / (sqrt(v) + eps)
# centered subtracts the square of the mean gradient from v; momentum gathers the quotients.
# Shapes: those of p: g and v; m where centered, and what momentum gathers
# PyTorch: torch.optim.RMSprop
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with rmsprop(lr = 1e-3, momentum = 0.9) }
optimizer rmsprop(lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0.0, momentum = 0.0,
                  centered = false, maximize = false)(p, g) {
    state v = zeros_like(p)
    slope = descent(p, g, weight_decay, maximize)
    v <- alpha * v + (1 - alpha) * slope * slope
    power = v
    if centered {
        state m = zeros_like(p)
        m <- alpha * m + (1 - alpha) * slope
        power = v - m * m
    }
    move = slope / (sqrt(power) + eps)
    if not is_zero(momentum) {
        state gathered = zeros_like(p)
        gathered <- momentum * gathered + move
        move = gathered
    }
    p <- p - lr * move
}

# adagrad(lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize): steps shrink with
# the sum of all squared gradients; v starts at initial_accumulator_value.
#     v = v + g^2;  p -= lr / (1 + (step - 1) lr_decay) g / (sqrt(v) + eps)
# Shapes: those of p: g and v
# PyTorch: torch.optim.Adagrad
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with adagrad() }
optimizer adagrad(lr = 1e-2, lr_decay = 0.0, weight_decay = 0.0, initial_accumulator_value = 0.0,
                  eps = 1e-10, maximize = false)(p, g) {
    state v = full_like(p, initial_accumulator_value)
    slope = descent(p, g, weight_decay, maximize)
    v <- v + slope * slope
    p <- p - lr / (1 + (step - 1) * lr_decay) * slope / (sqrt(v) + eps)
}

# lion(lr, beta1, beta2, weight_decay): each element moves by lr, in the direction of a mix of
# momentum and gradient.
#     p -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay p);  m = beta2 m + (1 - beta2) g
# Shapes: those of p: g and m
# PyTorch: none; from "Symbolic Discovery of Optimization Algorithms" (Chen and others, 2023)
# Example:
#     input x: f32[batch, 2]
#     loss = mean((x |> linear(1)) ** 2)
#     data train { x = randn(64, 2) }
#     train { minimize loss with lion(lr = 1e-4, weight_decay = 0.1) }
optimizer lion(lr = 1e-4, beta1 = 0.9, beta2 = 0.99, weight_decay = 0.0)(p, g) {
    state m = zeros_like(p)
    move = sign(beta1 * m + (1 - beta1) * g)
    if not is_zero(weight_decay) {
        move = move + weight_decay * p
    }
    p <- p - lr * move
    m <- beta2 * m + (1 - beta2) * g
}
