"""weights.py -- weights from gradc to PyTorch and back, by the lines that docs/pytorch.md shows.

A model with a convolution, batchnorm, an LSTM, attention and layernorm is trained some steps here,
and predicts; PyTorch with its weights predicts the same, in train and f16 copies of other weights
likewise the other way.  Prints the largest differences; status 1 if one is beyond rounding.
"""
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch import nn

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GRADC = os.environ.get("GRADC", "gradc")

MODEL = """
input x: f32[batch, 3, 8, 6]
input y: f32[batch, 4]
conv = conv2d(6, 3, padding = 1)
norm = batchnorm2d()
rnn  = lstm(10)
attn = multihead_attention(10, 2)
ln   = layernorm()
head = linear(4)
images = x |> conv |> norm |> relu
rows = reshape(permute(images, 0, 2, 1, 3), -1, 8, 36)
h, last, c = rnn(rows)
seen = h + attn(h)
out = seen[:, -1] |> ln |> head
loss = mse_loss(out, y)
output result = out
data train {
    x = randn(64, 3, 8, 6)
    y = randn(64, 4)
}
train {
    minimize loss with adam(lr = 0.01)
    batch = 16
    epochs = 5
}
"""


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.rnn = nn.LSTM(36, 10, batch_first=True)
        self.attn = nn.MultiheadAttention(10, 2, batch_first=True)
        self.ln = nn.LayerNorm(10)
        self.head = nn.Linear(10, 4)

    def forward(self, x):
        images = torch.relu(self.norm(self.conv(x)))
        h, _ = self.rnn(images.permute(0, 2, 1, 3).reshape(len(x), 8, 36))
        return self.head(self.ln((h + self.attn(h, h, h)[0])[:, -1]))


def documented():
    """load and save, as the page has them."""
    with open(os.path.join(ROOT, "docs", "pytorch.md")) as page:
        code = re.search(r"```python\n(import json, struct.*?)\nmodel\.load_state_dict", page.read(), re.S)
    names = {}
    exec(code.group(1), names)
    return names["load"], names["save"]


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def predict(x, weights):
    np.save("x.npy", x)
    run("./model", "predict", "--load", weights, "--in.x", "x.npy", "--out.result", "y.npy")
    return np.load("y.npy")


def main():
    load, save = documented()
    x = np.random.default_rng(1).standard_normal((16, 3, 8, 6)).astype(np.float32)
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        with open("model.dsl", "w") as file:
            file.write(MODEL)
        run(GRADC, "--threads=none", "model.dsl", "-o", "model")
        run("./model", "--quiet", "--no-log")
        net = Net()
        missing = net.load_state_dict({k: torch.tensor(v) for k, v in load("model.safetensors").items()
                                       if not k.startswith("optimizer.")}, strict=False)
        assert not missing.unexpected_keys, missing
        assert missing.missing_keys in ([], ["norm.num_batches_tracked"]), missing
        net.eval()
        there = net(torch.tensor(x)).detach().numpy()
        off = np.abs(predict(x, "model.safetensors") - there).max()
        print(f"trained here, read by PyTorch: {off:.2g}")
        worst = max(worst, off)

        torch.manual_seed(2)
        net = Net()
        net.train()
        for _ in range(3):  # running statistics that are not the first ones
            net(torch.randn(32, 3, 8, 6))
        net.eval()
        for kind, bound in ((np.float32, 1e-6), (np.float64, 1e-6), (np.float16, 1e-6)):
            arrays = {k: v.numpy().astype(kind) if v.is_floating_point() else v.numpy()
                      for k, v in net.state_dict().items()}
            save("weights.safetensors", arrays)
            net.load_state_dict({k: torch.tensor(v) for k, v in arrays.items()})  # rounded alike
            off = np.abs(predict(x, "weights.safetensors") - net(torch.tensor(x)).detach().numpy()).max()
            print(f"made by PyTorch as {np.dtype(kind).name}, read here: {off:.2g}")
            worst = max(worst, off / bound * 1e-6)
    if not worst < 1e-5:
        sys.exit("weights.py: the two differ beyond rounding")


main()
