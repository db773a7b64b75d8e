"""logistic.py -- examples/logistic.dsl in PyTorch; see common.py."""
from common import F, cosine, main, nn, torch
from tumours import Standardize, tumours


class Logistic(nn.Module):
    def __init__(self):
        super().__init__()
        self.standardize1 = Standardize(30)
        self.classifier = nn.Linear(30, 1)

    def forward(self, measures, benign):
        logit = self.classifier(self.standardize1(measures))
        nll = F.binary_cross_entropy_with_logits(logit, benign)
        return nll + 0.001 / 2 * self.classifier.weight.square().sum()

    def measure(self, measures, benign):
        logit = self.classifier(self.standardize1(measures))
        return {"accuracy": ((logit > 0) == (benign > 0.5)).double().mean()}


main("logistic", Logistic, data=tumours, schedule=cosine,
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=0.1))
