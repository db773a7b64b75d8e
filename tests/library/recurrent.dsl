# recurrent.dsl -- PyTorch's recurrent layers with PyTorch's weights (recurrent.safetensors): what they
# compute, and the gradients of that by the input, by what they begin with and by weights.
import "fixed.dsl"

const time = 4
def wave(count, step) = sin(arange(count) * step)
x = reshape(wave(2 * time * 3, 0.7), 2, time, 3)

# --- cells ---
h0 = reshape(wave(2 * 5, 1.3), 2, 5)
c0 = reshape(wave(2 * 5, 0.9), 2, 5)
plain = rnn_cell(5)
rectified = rnn_cell(5, nonlinearity = "relu", bias = false)
print "rnn_cell:", fixed(plain(x[:, 0], h0)), fixed(rectified(x[:, 0], h0))
long = lstm_cell(5)
h, c = long(x[:, 0], h0, c0)
print "lstm_cell:", fixed(h), fixed(c), fixed(grad(weighted(h) + weighted(c * c), long.weight_hh))
gated = gru_cell(5)
h = gated(x[:, 0], h0)
print "gru_cell:", fixed(h), fixed(grad(weighted(h), gated.weight_hh)),
    fixed(grad(weighted(h), gated.bias_hh))

# --- over a sequence ---
net = rnn(5)
y, h = net(x)
print "rnn:", fixed(y), fixed(h), fixed(grad(weighted(y), x)),
    fixed(grad(weighted(y), net.weight_hh_l0))
deep = rnn(2, num_layers = 3, nonlinearity = "relu", bias = false, bidirectional = true)
y, h = deep(x)
print "rnn deep:", fixed(y), fixed(h), fixed(grad(weighted(y), deep.weight_ih_l1_reverse))

net2 = lstm(5)
y, h, c = net2(x)
print "lstm:", fixed(y), fixed(h), fixed(c)
gx, gw, gb = grad(weighted(y) / 8, x, net2.weight_ih_l0, net2.bias_hh_l0)
print "lstm gradients:", fixed(gx), fixed(gw), fixed(gb)
print "lstm second derivative:", fixed(grad(weighted(gx), net2.weight_hh_l0))
both_ways = lstm(2, num_layers = 2, bidirectional = true)
first_h = reshape(wave(2 * 4 * 2, 0.3), 2, 4, 2)
first_c = reshape(wave(2 * 4 * 2, 0.5), 2, 4, 2)
y, h, c = both_ways(x, first_h, first_c)
print "lstm deep:", fixed(y), fixed(h), fixed(c / 8)
gh, gc, gw = grad(weighted(y) + weighted(c), first_h, first_c, both_ways.weight_hh_l0_reverse)
print "lstm deep gradients:", fixed(gh), fixed(gc), fixed(gw)

net3 = gru(5)
y, h = net3(x)
print "gru:", fixed(y), fixed(h), fixed(grad(weighted(y), x)),
    fixed(grad(weighted(y), net3.weight_hh_l0))
ways = gru(2, num_layers = 2, bias = false, bidirectional = true)
y, h = ways(x, first_h)
print "gru deep:", fixed(y), fixed(h), fixed(grad(weighted(y), first_h))
