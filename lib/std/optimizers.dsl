# optimizers.dsl -- how a parameter p moves, given its gradient g.  Each is compiled into one fused
# update; `step` counts from 1, states start at 0, and formulas and defaults are PyTorch's.  Any
# setting may be an option.  A penalty or moment known to be 0 when compiling costs nothing.

# sgd(lr, momentum, nesterov, weight_decay)
#     v = momentum v + g;  p -= lr v,  or with nesterov  lr (g + momentum v)
# PyTorch: torch.optim.SGD (with no dampening)
optimizer sgd(lr = 1e-3, momentum = 0.0, nesterov = false, weight_decay = 0.0)(p, g) {
    move = g
    if not is_zero(weight_decay) {
        move = move + weight_decay * p
    }
    if not is_zero(momentum) {
        state v = zeros_like(p)
        v <- momentum * v + move
        move = move + momentum * v if nesterov else v
    }
    p <- p - lr * move
}

# adam(lr, beta1, beta2, eps, weight_decay): steps of about lr, whatever the gradient's scale.
#     m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
#     p -= lr m' / (sqrt(v') + eps)   with m' = m / (1 - beta1^step), v' likewise
# weight_decay is added to the gradient (L2); adamw keeps it apart.
# PyTorch: torch.optim.Adam
optimizer adam(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.0)(p, g) {
    state m = zeros_like(p)
    state v = zeros_like(p)
    slope = g
    if not is_zero(weight_decay) {
        slope = slope + weight_decay * p
    }
    m <- beta1 * m + (1 - beta1) * slope
    v <- beta2 * v + (1 - beta2) * slope * slope
    rate = lr / (1 - beta1 ** step)
    spread = sqrt(1 - beta2 ** step)
    p <- p - rate * m / (sqrt(v) / spread + eps)
}

# adamw(lr, beta1, beta2, eps, weight_decay): adam, and p shrinks by lr weight_decay first.
# PyTorch: torch.optim.AdamW
optimizer adamw(lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0.01)(p, g) {
    state m = zeros_like(p)
    state v = zeros_like(p)
    m <- beta1 * m + (1 - beta1) * g
    v <- beta2 * v + (1 - beta2) * g * g
    shrunk = p * (1 - lr * weight_decay)
    rate = lr / (1 - beta1 ** step)
    spread = sqrt(1 - beta2 ** step)
    p <- shrunk - rate * m / (sqrt(v) / spread + eps)
}

# rmsprop(lr, alpha, eps, weight_decay, momentum, centered)
#     v = alpha v + (1 - alpha) g^2;  p -= lr g / (sqrt(v) + eps)
# centered subtracts the square of the mean gradient from v; momentum gathers the quotients.
# PyTorch: torch.optim.RMSprop
optimizer rmsprop(lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0.0, momentum = 0.0,
                  centered = false)(p, g) {
    state v = zeros_like(p)
    slope = g
    if not is_zero(weight_decay) {
        slope = slope + weight_decay * p
    }
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

# adagrad(lr, lr_decay, weight_decay, eps): steps shrink with the sum of all squared gradients.
#     v = v + g^2;  p -= lr / (1 + (step - 1) lr_decay) g / (sqrt(v) + eps)
# PyTorch: torch.optim.Adagrad
optimizer adagrad(lr = 1e-2, lr_decay = 0.0, weight_decay = 0.0, eps = 1e-10)(p, g) {
    state v = zeros_like(p)
    slope = g
    if not is_zero(weight_decay) {
        slope = slope + weight_decay * p
    }
    v <- v + slope * slope
    p <- p - lr / (1 + (step - 1) * lr_decay) * slope / (sqrt(v) + eps)
}

# lion(lr, beta1, beta2, weight_decay): each element moves by lr, in the direction of a mix of
# momentum and gradient.
#     p -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay p);  m = beta2 m + (1 - beta2) g
# From "Symbolic Discovery of Optimization Algorithms" (Chen and others, 2023)
optimizer lion(lr = 1e-4, beta1 = 0.9, beta2 = 0.99, weight_decay = 0.0)(p, g) {
    state m = zeros_like(p)
    move = sign(beta1 * m + (1 - beta1) * g)
    if not is_zero(weight_decay) {
        move = move + weight_decay * p
    }
    p <- p - lr * move
    m <- beta2 * m + (1 - beta2) * g
}
