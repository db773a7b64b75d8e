"""digits.py -- examples/digits.dsl in PyTorch; see common.py."""
import numpy as np

from common import F, accuracy, example_csv, main, nn, torch


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(64, 64)
        self.linear2 = nn.Linear(64, 10)

    def logits(self, image):
        return self.linear2(F.relu(self.linear1(image / 16)))

    def forward(self, image, label):
        return F.cross_entropy(self.logits(image), label)

    def measure(self, image, label):
        return {"accuracy": accuracy(self.logits(image), label)}


def data(split):
    if split == "valid":
        return None
    rows = example_csv("digits.csv")
    rows = rows[:1500] if split == "train" else rows[1500:]
    return {"image": rows[:, :64], "label": rows[:, 64].astype(np.int64)}


main("digits", Digits, data=data, optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=1e-3))
