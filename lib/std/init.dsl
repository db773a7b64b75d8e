# init.dsl -- first values of parameters, by the shape that is declared:
#
#     param w: f32[64, 128] = xavier_uniform()
#
# uniform(low, high) and normal(mean, std) are built in.  A weight is f32[outputs, inputs, ...];
# fan_in and fan_out are the numbers of inputs of an output and of outputs of an input.

# xavier_uniform(gain): uniform within gain sqrt(6 / (fan_in + fan_out)).
# PyTorch: torch.nn.init.xavier_uniform_
def xavier_uniform(gain = 1.0) {
    bound = gain * sqrt(6 / (fan_in() + fan_out()))
    return uniform(-bound, bound)
}

# xavier_normal(gain): normal, of standard deviation gain sqrt(2 / (fan_in + fan_out)).
# PyTorch: torch.nn.init.xavier_normal_
def xavier_normal(gain = 1.0) = normal(0, gain * sqrt(2 / (fan_in() + fan_out())))

# kaiming_uniform(slope): for layers before a relu (or a leaky_relu of that slope): uniform within
# sqrt(6 / ((1 + slope^2) fan_in)).
# PyTorch: torch.nn.init.kaiming_uniform_
def kaiming_uniform(slope = 0.0) {
    bound = sqrt(6 / ((1 + slope ** 2) * fan_in()))
    return uniform(-bound, bound)
}

# kaiming_normal(slope): likewise, normal, of standard deviation sqrt(2 / ((1 + slope^2) fan_in)).
# PyTorch: torch.nn.init.kaiming_normal_
def kaiming_normal(slope = 0.0) = normal(0, sqrt(2 / ((1 + slope ** 2) * fan_in())))
