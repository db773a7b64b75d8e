"""recurrent.py -- recurrent layers: what they say at each time, and where they end; and a scan by hand."""
import torch

from harness import case, draw
from library import drawn

B = "batch"


def layer(text, module, x, compute, tail="[0]"):
    case("%s%s of %s" % (text, tail, x.type()), "m(x)" + tail, compute, setup="m = " + text, module=drawn(module, len(text)), layer="m",
         tolerance=4, x=x)


def add_all():
    n, turned = torch.nn, lambda h: h.transpose(0, 1)  # torch has layers first in what they end with
    x = draw("f32", (B, 4, 3), 95)
    for name, kind in [("rnn", n.RNN), ("lstm", n.LSTM), ("gru", n.GRU)]:
        for text, how in [("2", {}), ("2, num_layers = 2", {"num_layers": 2}), ("2, bias = false", {"bias": False}),
                          ("2, num_layers = 2, bidirectional = true", {"num_layers": 2, "bidirectional": True})]:
            module = kind(3, 2, batch_first=True, **how)
            layer("%s(%s)" % (name, text), module, x, lambda x, module: module(x)[0])
            ends = (lambda x, module: turned(module(x)[1][0])) if name == "lstm" else (lambda x, module: turned(module(x)[1]))
            layer("%s(%s)" % (name, text), module, x, ends, "[1]")
            if name == "lstm":
                layer("%s(%s)" % (name, text), module, x, lambda x, module: turned(module(x)[1][1]), "[2]")
    layer("rnn(2, nonlinearity = \"relu\")", n.RNN(3, 2, nonlinearity="relu", batch_first=True), x, lambda x, module: module(x)[0])
    row, h, c = draw("f32", (B, 3), 96), draw("f32", (B, 2), 97), draw("f32", (B, 2), 98)
    for name, kind in [("rnn_cell", n.RNNCell), ("gru_cell", n.GRUCell)]:
        case(name, "m(x, h)", lambda x, h, module: module(x, h), setup="m = %s(2)" % name, module=drawn(kind(3, 2), 5), layer="m",
             tolerance=4, x=row, h=h)
    for i in range(2):
        case("lstm_cell, %d" % i, "m(x, h, c)[%d]" % i, lambda x, h, c, module, i=i: module(x, (h, c))[i], setup="m = lstm_cell(2)",
             module=drawn(n.LSTMCell(3, 2), 6), layer="m", tolerance=4, x=row, h=h, c=c)
