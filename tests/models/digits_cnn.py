"""digits_cnn.py -- examples/digits_cnn.dsl in PyTorch; see common.py."""
import numpy as np

from common import F, accuracy, cosine, example_csv, main, nn, torch


class DigitsCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv2d1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.batchnorm2d1 = nn.BatchNorm2d(16)
        self.conv2d2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.batchnorm2d2 = nn.BatchNorm2d(32)
        self.linear1 = nn.Linear(32, 10)

    def logits(self, pixels):
        image = (pixels / 16).reshape(-1, 1, 8, 8)
        h = F.max_pool2d(F.relu(self.batchnorm2d1(self.conv2d1(image))), 2)
        h = F.relu(self.batchnorm2d2(self.conv2d2(h)))
        return self.linear1(h.mean((2, 3)))

    def forward(self, pixels, label):
        return F.cross_entropy(self.logits(pixels), label)

    def measure(self, pixels, label):
        return {"accuracy": accuracy(self.logits(pixels), label)}


def data(split):
    if split == "valid":
        return None
    rows = example_csv("digits.csv")
    rows = rows[:1500] if split == "train" else rows[1500:]
    return {"pixels": rows[:, :64], "label": rows[:, 64].astype(np.int64)}


main("digits_cnn", DigitsCnn, data=data, schedule=lambda step, steps: cosine(step + 1, steps),
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=3e-3))
