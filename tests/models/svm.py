"""svm.py -- examples/svm.dsl in PyTorch; see common.py."""
from common import F, main, nn, torch
from tumours import Standardize, tumours


class Svm(nn.Module):
    def __init__(self):
        super().__init__()
        self.standardize1 = Standardize(30)
        self.separator = nn.Linear(30, 1)

    def forward(self, measures, benign):
        score = self.separator(self.standardize1(measures))
        hinge = F.relu(1 - (2 * benign - 1) * score).mean()
        return hinge + self.separator.weight.square().sum() / (2 * 455)

    def measure(self, measures, benign):
        score = self.separator(self.standardize1(measures))
        return {"accuracy": ((score > 0) == (benign > 0.5)).double().mean()}


main("svm", Svm, data=tumours, schedule=lambda step, steps: 1 - (step - 1) / steps,
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=0.05))
