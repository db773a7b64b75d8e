"""finetune.py -- examples/finetune.dsl in PyTorch; see common.py.

`train` begins with ./digits_cnn.safetensors, as `./finetune --load-partial digits_cnn.safetensors` does."""
import sys

import numpy as np

from common import F, accuracy, example_csv, main, nn, read_safetensors, torch


class Finetune(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv2d1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.batchnorm2d1 = nn.BatchNorm2d(16)
        self.conv2d2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.batchnorm2d2 = nn.BatchNorm2d(32)
        self.head = nn.Linear(32, 2)
        if "train" in sys.argv:
            mine, found = self.state_dict(), read_safetensors("digits_cnn.safetensors")
            self.load_state_dict({name: found[name] for name in mine if name in found}, strict=False)

    def normed(self, norm, h):
        """A layer that is not learned keeps its statistics, too."""
        return F.batch_norm(h, None, None, norm.weight, norm.bias, True) if self.training else norm(h)

    def logits(self, pixels):
        image = (pixels / 16).reshape(-1, 1, 8, 8)
        h = F.max_pool2d(F.relu(self.normed(self.batchnorm2d1, self.conv2d1(image))), 2)
        h = F.relu(self.normed(self.batchnorm2d2, self.conv2d2(h)))
        return self.head(h.mean((2, 3)).detach())

    def forward(self, pixels, label):
        return F.cross_entropy(self.logits(pixels), label % 2)

    def measure(self, pixels, label):
        return {"accuracy": accuracy(self.logits(pixels), label % 2)}


def data(split):
    if split == "valid":
        return None
    rows = example_csv("digits.csv")
    rows = rows[:100] if split == "train" else rows[1500:]
    return {"pixels": rows[:, :64], "label": rows[:, 64].astype(np.int64)}


main("finetune", Finetune, data=data, optimizer=lambda net: torch.optim.Adam(net.head.parameters(), lr=0.02))
