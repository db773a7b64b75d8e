"""alexnet.py -- examples/alexnet.dsl in PyTorch, torchvision's AlexNet; see common.py."""
import sys

from common import F, accuracy, constant, main, nn, torch
from pictures import CLASSES, pictures

WIDTH = constant("width", 4096)


class AlexNet(nn.Module):
    def __init__(self):
        super().__init__()
        drop = 0.0 if constant("drop", 1) == 0 else 0.5
        self.features = nn.Sequential(
            nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.classifier = nn.Sequential(
            nn.Dropout(drop), nn.Linear(256 * 6 * 6, WIDTH), nn.ReLU(),
            nn.Dropout(drop), nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, CLASSES))

    def logits(self, picture):
        h = F.adaptive_avg_pool2d(self.features(picture), 6)
        return self.classifier(h.flatten(1))

    def forward(self, picture, label):
        return F.cross_entropy(self.logits(picture), label)

    def measure(self, picture, label):
        return {"accuracy": accuracy(self.logits(picture), label)}


def data(split):
    """The losses of 100 steps are compared on pictures that are new in each: without dropout the example's 256
    are soon known by heart, and training breaks down."""
    return pictures(split, 256 if {"train", "gradients"} & set(sys.argv) else 1600)


# Draws are another's: without dropout the two are compared.
main("alexnet", AlexNet, data=data, compare_flags=["-Ddrop=0"],
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=3e-4))
