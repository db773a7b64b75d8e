# recurrent.dsl -- recurrent layers, on scan: loops at run time, differentiated as loops.  Samples are
# always the first dimension (PyTorch's batch_first = True).  Parameters have PyTorch's names, shapes,
# order of gates and first values: uniform within 1 / sqrt(hidden).

# rnn_cell(hidden, nonlinearity, bias)(x, h): one step of a plain recurrent network.
#     tanh(x Wi^T + bi + h Wh^T + bh)
# nonlinearity is "tanh" or "relu".
# Shapes:
#     x          f32[batch, n]
#     h          f32[batch, hidden], of the step before
#     weight_ih  f32[hidden, n], weight_hh f32[hidden, hidden]
#     bias_ih    f32[hidden], bias_hh likewise
#     result     f32[batch, hidden]
# PyTorch: torch.nn.RNNCell
# Example:
#     cell = rnn_cell(4)
#     print shape(cell(ones(2, 3), zeros(2, 4))), shape(cell.weight_ih)
#     > [2, 4] [4, 3]
module rnn_cell(hidden, nonlinearity = "tanh", bias = true)(x: float[.., n], h: float[.., hidden]) {
    k = 1 / sqrt(hidden)
    kind = dtype(x)
    param weight_ih: kind[hidden, n] = uniform(-k, k)
    param weight_hh: kind[hidden, hidden] = uniform(-k, k)
    y = x @ transpose(weight_ih) + h @ transpose(weight_hh)
    if bias {
        param bias_ih: kind[hidden] = uniform(-k, k)
        param bias_hh: kind[hidden] = uniform(-k, k)
        y += bias_ih + bias_hh
    }
    return rnn_step(y, nonlinearity)
}

# rnn_step(x, nonlinearity): tanh(x), or relu(x) where that is asked for.
# Shapes: any; the result has that of x
# PyTorch: torch.tanh
# Example:
#     print rnn_step([-1.0, 2.0], "relu")
#     > [0., 2.]
def rnn_step(x, nonlinearity = "tanh") = relu(x) if nonlinearity == "relu" else tanh(x)

# lstm_cell(hidden, bias)(x, h, c): one step of a long short-term memory; gives h and c.
#     i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the four parts of x Wi^T + bi + h Wh^T + bh
#     c' = f c + i g
#     h' = o tanh(c')
# Shapes:
#     x          f32[batch, n]
#     h, c       f32[batch, hidden], of the step before
#     weight_ih  f32[4 hidden, n], weight_hh f32[4 hidden, hidden]
#     bias_ih    f32[4 hidden], bias_hh likewise
#     result     f32[batch, hidden], twice
# PyTorch: torch.nn.LSTMCell
# Example:
#     cell = lstm_cell(4)
#     h, c = cell(ones(2, 3), zeros(2, 4), zeros(2, 4))
#     print shape(h), shape(cell.weight_hh)
#     > [2, 4] [16, 4]
module lstm_cell(hidden, bias = true)(x: float[.., n], h: float[.., hidden], c: float[.., hidden]) {
    k = 1 / sqrt(hidden)
    kind = dtype(x)
    param weight_ih: kind[4 * hidden, n] = uniform(-k, k)
    param weight_hh: kind[4 * hidden, hidden] = uniform(-k, k)
    gates = x @ transpose(weight_ih) + h @ transpose(weight_hh)
    if bias {
        param bias_ih: kind[4 * hidden] = uniform(-k, k)
        param bias_hh: kind[4 * hidden] = uniform(-k, k)
        gates += bias_ih + bias_hh
    }
    return lstm_step(gates, c)
}

# lstm_step(gates, c): what a long short-term memory makes of its gates; gives h and c.
# Shapes:
#     gates   f32[batch, 4 hidden], before sigmoid and tanh, in PyTorch's order: i, f, g, o
#     c       f32[batch, hidden], of the step before
#     result  f32[batch, hidden], twice
# PyTorch: the pointwise half of torch.nn.LSTMCell
# Example:
#     h, c = lstm_step(zeros(1, 8), ones(1, 2))
#     print h, c
#     > [[0.2311, 0.2311]] [[0.5000, 0.5000]]
def lstm_step(gates, c) {
    i, f, g, o = split(gates, size(c, -1), axis = -1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c
}

# gru_cell(hidden, bias)(x, h): one step of a gated recurrent unit.
#     r, z, n  are thirds; of a = x Wi^T + bi and b = h Wh^T + bh
#     r = sigmoid(ar + br), z = sigmoid(az + bz), n = tanh(an + r bn)
#     h' = (1 - z) n + z h
# Shapes:
#     x          f32[batch, n]
#     h          f32[batch, hidden], of the step before
#     weight_ih  f32[3 hidden, n], weight_hh f32[3 hidden, hidden]
#     bias_ih    f32[3 hidden], bias_hh likewise
#     result     f32[batch, hidden]
# PyTorch: torch.nn.GRUCell
# Example:
#     cell = gru_cell(4)
#     print shape(cell(ones(2, 3), zeros(2, 4))), shape(cell.bias_hh)
#     > [2, 4] [12]
module gru_cell(hidden, bias = true)(x: float[.., n], h: float[.., hidden]) {
    k = 1 / sqrt(hidden)
    kind = dtype(x)
    param weight_ih: kind[3 * hidden, n] = uniform(-k, k)
    param weight_hh: kind[3 * hidden, hidden] = uniform(-k, k)
    a = x @ transpose(weight_ih)
    b = h @ transpose(weight_hh)
    if bias {
        param bias_ih: kind[3 * hidden] = uniform(-k, k)
        param bias_hh: kind[3 * hidden] = uniform(-k, k)
        a += bias_ih
        b += bias_hh
    }
    return gru_step(a, b, h)
}

# gru_step(a, b, h): what a gated recurrent unit makes of its gates.
# Shapes:
#     a, b    f32[batch, 3 hidden], of the input and of h, in PyTorch's order: r, z, n
#     h       f32[batch, hidden], of the step before
#     result  f32[batch, hidden]
# PyTorch: the pointwise half of torch.nn.GRUCell
# Example:
#     print gru_step(zeros(1, 6), zeros(1, 6), ones(1, 2))
#     > [[0.5000, 0.5000]]
def gru_step(a, b, h) {
    ar, az, an = split(a, size(h, -1), axis = -1)
    br, bz, bn = split(b, size(h, -1), axis = -1)
    z = sigmoid(az + bz)
    n = tanh(an + sigmoid(ar + br) * bn)
    return (1 - z) * n + z * h
}

# recurrent_first(h0, like, i): the state i of h0, or zeros where there is none.
# Shapes:
#     h0      f32[batch, states, hidden], or none
#     like    f32[batch, hidden], of which the shape counts
#     result  f32[batch, hidden]
# PyTorch: h0[i] in torch.nn.RNN
# Example:
#     print recurrent_first(none, ones(1, 2), 0), recurrent_first([[[1.0, 2.0], [3.0, 4.0]]], ones(1, 2), 1)
#     > [[0., 0.]] [[3., 4.]]
def recurrent_first(h0, like, i) = zeros_like(like) if h0 == none else h0[:, i]

# recurrent_check(x, name, h0, bidirectional, carry): x, where a layer of this name can go over it.
# Shapes:
#     x       f32[batch, time, n]
#     result  x
# PyTorch: none
# Example:
#     print shape(recurrent_check(ones(2, 5, 3), "rnn", none, false, false))
#     > [2, 5, 3]
def recurrent_check(x, name, h0, bidirectional, carry) {
    x = require(x, ndim(x) == 3, name, " needs x as [batch, time, n], not ", x)
    x = require(x, not carry or h0 == none, name, " carries its own state: it takes no h0")
    return require(x, not (carry and bidirectional),
                   "what is carried goes forward: ", name, " cannot be bidirectional")
}

# recurrent_memory(states, hidden)(x, last): what a layer over x remembers from the batch before, zeros at
# first; with last, remembers that for the next one.
# Shapes:
#     x       f32[batch, ...], of which the samples and the dtype count
#     last    f32[batch, states, hidden], or none
#     h       the state, as last
#     result  f32[batch, states, hidden]
# PyTorch: h = h.detach(), given to the next call
# Example:
#     print recurrent_memory(1, 2)(ones(1, 3))
#     > [[[0., 0.]]]
module recurrent_memory(states, hidden)(x, last = none) {
    kind = dtype(x)
    state h: kind[size(x, 0), states, hidden] = 0
    if last != none {
        h <- last
    }
    return h
}

# recurrent_turn(y): what a scan stacked, with the samples first: a scan puts the times first where its
# samples are not batch.
# Shapes:
#     y       f32[batch, time, n] as it is; f32[time, samples, n] becomes f32[samples, time, n]
# PyTorch: torch.nn.RNN with batch_first=True
# Example:
#     print shape(recurrent_turn(zeros(5, 2, 3)))
#     > [2, 5, 3]
def recurrent_turn(y) = y if has_batch(y) else transpose(y, 0, 1)

# recurrent_way(y, way): recurrent_turn(y), and for way 1, which begins at the end, in the order of x.
# Shapes: as recurrent_turn
# PyTorch: torch.flip
# Example:
#     print recurrent_way(reshape(arange(3), 3, 1, 1), 1)
#     > [[[2],
#     >   [1],
#     >   [0]]]
def recurrent_way(y, way) = flip(recurrent_turn(y), axis = 1) if way == 1 else recurrent_turn(y)

# recurrent_add(all, x, axis): all with x behind it; x alone where all is none.
# Shapes: but for the axis, x and all are alike
# PyTorch: torch.cat
# Example:
#     print recurrent_add(recurrent_add(none, [1.0], 0), [2.0], 0)
#     > [1., 2.]
def recurrent_add(all, x, axis) = x if all == none else concat([all, x], axis = axis)

# recurrent_dropout(x, p): dropout, for layers that have an argument of that name.
# Shapes: any; the result has that of x
# PyTorch: torch.nn.functional.dropout
# Example:
#     print recurrent_dropout(ones(3), 0.5) # a calculator does not train
#     > [1., 1., 1.]
def recurrent_dropout(x, p) = dropout(x, p = p)

# rnn(hidden, num_layers, nonlinearity, bias, dropout, bidirectional, carry)(x, h0): rnn_cell over a
# sequence, in layers, each fed by the one below; in both directions where asked for.  Gives two values: y, what
# the last layer says at each time, and h, where each layer and direction ends.  dropout is between
# layers.  With carry, rows go on where they ended in the batch before, instead of at h0: for windows of
# one long sequence, in training as when they are written one by one (docs/language.md, "States that
# are carried").
# Shapes:
#     x             f32[batch, time, n]
#     h0            f32[batch, layers directions, hidden], zeros where left out
#     weight_ih_l0  f32[hidden, n] and so on, as rnn_cell's, with _l1 ... for further layers and
#                   _reverse for the way back
#     result        y f32[batch, time, directions hidden], h as h0
# PyTorch: torch.nn.RNN(batch_first=True), whose h has its first two dimensions exchanged
# Example:
#     x = ones(2, 5, 3)
#     net = rnn(4)
#     y, h = net(x)
#     print shape(y), shape(h), shape(net.weight_ih_l0)
#     > [2, 5, 4] [2, 1, 4] [4, 3]
module rnn(hidden, num_layers = 1, nonlinearity = "tanh", bias = true, dropout = 0.0,
           bidirectional = false, carry = false)(x: float[.., n], h0 = none) {
    x = recurrent_check(x, "rnn", h0, bidirectional, carry)
    time = size(x, 1)
    k = 1 / sqrt(hidden)
    kind = dtype(x)
    ways = 2 if bidirectional else 1
    p = dropout
    memory = recurrent_memory(num_layers, hidden)
    if carry {
        h0 = memory(x)
    }
    ends = none
    for layer in 0..num_layers {
        if layer > 0 and p > 0 {
            x = recurrent_dropout(x, p)
        }
        y = none
        for way in 0..ways {
            end = "_reverse" if way == 1 else ""
            param wi "weight_ih_l{layer}{end}": kind[hidden, size(x, -1)] = uniform(-k, k)
            param wh "weight_hh_l{layer}{end}": kind[hidden, hidden] = uniform(-k, k)
            a = x @ transpose(wi)
            if bias {
                param bi "bias_ih_l{layer}{end}": kind[hidden] = uniform(-k, k)
                param bh "bias_hh_l{layer}{end}": kind[hidden] = uniform(-k, k)
                a += bi + bh
            }
            out = scan t in 0..time with h = recurrent_first(h0, a[:, 0], layer * ways + way) {
                h = rnn_step(a[:, time - 1 - t if way == 1 else t] + h @ transpose(wh),
                             nonlinearity)
                yield h
            }
            y = recurrent_add(y, recurrent_way(out, way), -1)
            ends = recurrent_add(ends, unsqueeze(h, 1), 1)
        }
        x = y
    }
    if carry {
        ends = memory(x, ends)
    }
    return x, ends
}

# lstm(hidden, num_layers, bias, dropout, bidirectional, carry)(x, h0, c0): lstm_cell over a sequence, in
# layers, as rnn.  Gives three values: y, what the last layer says at each time, and h and c, where
# each layer and direction ends.
# Shapes:
#     x             f32[batch, time, n]
#     h0, c0        f32[batch, layers directions, hidden], zeros where left out
#     weight_ih_l0  f32[4 hidden, n] and so on, as lstm_cell's, with _l1 ... for further layers and
#                   _reverse for the way back
#     result        y f32[batch, time, directions hidden], h and c as h0
# PyTorch: torch.nn.LSTM(batch_first=True), whose h and c have their first two dimensions exchanged
# Example:
#     x = ones(2, 5, 3)
#     net = lstm(4, num_layers = 2, bidirectional = true)
#     y, h, c = net(x)
#     print shape(y), shape(c), shape(net.weight_ih_l1_reverse)
#     > [2, 5, 8] [2, 4, 4] [16, 8]
module lstm(hidden, num_layers = 1, bias = true, dropout = 0.0,
            bidirectional = false, carry = false)(x: float[.., n], h0 = none, c0 = none) {
    x = recurrent_check(x, "lstm", h0, bidirectional, carry)
    time = size(x, 1)
    k = 1 / sqrt(hidden)
    kind = dtype(x)
    ways = 2 if bidirectional else 1
    p = dropout
    memory = recurrent_memory(num_layers, hidden)
    cells = recurrent_memory(num_layers, hidden)
    if carry {
        h0 = memory(x)
        c0 = cells(x)
    }
    ends_h = none
    ends_c = none
    for layer in 0..num_layers {
        if layer > 0 and p > 0 {
            x = recurrent_dropout(x, p)
        }
        y = none
        for way in 0..ways {
            end = "_reverse" if way == 1 else ""
            i = layer * ways + way
            param wi "weight_ih_l{layer}{end}": kind[4 * hidden, size(x, -1)] = uniform(-k, k)
            param wh "weight_hh_l{layer}{end}": kind[4 * hidden, hidden] = uniform(-k, k)
            a = x @ transpose(wi)
            if bias {
                param bi "bias_ih_l{layer}{end}": kind[4 * hidden] = uniform(-k, k)
                param bh "bias_hh_l{layer}{end}": kind[4 * hidden] = uniform(-k, k)
                a += bi + bh
            }
            first = a[:, 0, :hidden]
            out = scan t in 0..time
                with h = recurrent_first(h0, first, i), c = recurrent_first(c0, first, i) {
                gates = a[:, time - 1 - t if way == 1 else t] + h @ transpose(wh)
                h, c = lstm_step(gates, c)
                yield h
            }
            y = recurrent_add(y, recurrent_way(out, way), -1)
            ends_h = recurrent_add(ends_h, unsqueeze(h, 1), 1)
            ends_c = recurrent_add(ends_c, unsqueeze(c, 1), 1)
        }
        x = y
    }
    if carry {
        ends_h = memory(x, ends_h)
        ends_c = cells(x, ends_c)
    }
    return x, ends_h, ends_c
}

# gru(hidden, num_layers, bias, dropout, bidirectional, carry)(x, h0): gru_cell over a sequence, in layers,
# as rnn.  Gives two values: y, what the last layer says at each time, and h, where each layer and
# direction ends.
# Shapes:
#     x             f32[batch, time, n]
#     h0            f32[batch, layers directions, hidden], zeros where left out
#     weight_ih_l0  f32[3 hidden, n] and so on, as gru_cell's, with _l1 ... for further layers and
#                   _reverse for the way back
#     result        y f32[batch, time, directions hidden], h as h0
# PyTorch: torch.nn.GRU(batch_first=True), whose h has its first two dimensions exchanged
# Example:
#     x = ones(2, 5, 3)
#     net = gru(4)
#     y, h = net(x)
#     print shape(y), shape(h), shape(net.weight_hh_l0)
#     > [2, 5, 4] [2, 1, 4] [12, 4]
module gru(hidden, num_layers = 1, bias = true, dropout = 0.0,
           bidirectional = false, carry = false)(x: float[.., n], h0 = none) {
    x = recurrent_check(x, "gru", h0, bidirectional, carry)
    time = size(x, 1)
    k = 1 / sqrt(hidden)
    kind = dtype(x)
    ways = 2 if bidirectional else 1
    p = dropout
    memory = recurrent_memory(num_layers, hidden)
    if carry {
        h0 = memory(x)
    }
    ends = none
    for layer in 0..num_layers {
        if layer > 0 and p > 0 {
            x = recurrent_dropout(x, p)
        }
        y = none
        for way in 0..ways {
            end = "_reverse" if way == 1 else ""
            param wi "weight_ih_l{layer}{end}": kind[3 * hidden, size(x, -1)] = uniform(-k, k)
            param wh "weight_hh_l{layer}{end}": kind[3 * hidden, hidden] = uniform(-k, k)
            a = x @ transpose(wi)
            b = zeros(3 * hidden, dtype = kind)
            if bias {
                param bi "bias_ih_l{layer}{end}": kind[3 * hidden] = uniform(-k, k)
                param bh "bias_hh_l{layer}{end}": kind[3 * hidden] = uniform(-k, k)
                a += bi
                b = bh
            }
            out = scan t in 0..time
                with h = recurrent_first(h0, a[:, 0, :hidden], layer * ways + way) {
                h = gru_step(a[:, time - 1 - t if way == 1 else t], h @ transpose(wh) + b, h)
                yield h
            }
            y = recurrent_add(y, recurrent_way(out, way), -1)
            ends = recurrent_add(ends, unsqueeze(h, 1), 1)
        }
        x = y
    }
    if carry {
        ends = memory(x, ends)
    }
    return x, ends
}
