"""mnist.py -- examples/mnist.dsl in PyTorch; see common.py."""
from common import F, accuracy, main, mnist, nn, torch


class Mnist(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1 = nn.Linear(784, 128)
        self.linear2 = nn.Linear(128, 10)

    def logits(self, image):
        return self.linear2(F.relu(self.linear1(image.flatten(1))))

    def forward(self, image, label):
        return F.cross_entropy(self.logits(image), label)

    def measure(self, image, label):
        return {"accuracy": accuracy(self.logits(image), label)}


main("mnist", Mnist, data=lambda split: None if split == "valid" else mnist(split),
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=1e-3))
