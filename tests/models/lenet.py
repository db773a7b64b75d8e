"""lenet.py -- examples/lenet.dsl in PyTorch; see common.py."""
from common import F, accuracy, cosine, main, mnist, nn, torch


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv2d1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2d2 = nn.Conv2d(16, 32, 5, padding=2)
        self.linear1 = nn.Linear(32 * 7 * 7, 10)

    def logits(self, image):
        h = F.max_pool2d(F.relu(self.conv2d1(image[:, None])), 2)
        h = F.max_pool2d(F.relu(self.conv2d2(h)), 2)
        return self.linear1(h.flatten(1))

    def forward(self, image, label):
        return F.cross_entropy(self.logits(image), label)

    def measure(self, image, label):
        return {"accuracy": accuracy(self.logits(image), label)}


main("lenet", LeNet, data=lambda split: None if split == "valid" else mnist(split), schedule=cosine,
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=2e-3))
