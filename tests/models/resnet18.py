"""resnet18.py -- examples/resnet18.dsl in PyTorch, torchvision's resnet18; see common.py."""
from common import F, accuracy, cosine, main, nn, torch
from pictures import CLASSES, pictures


class BasicBlock(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or channels != width:
            self.downsample = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False),
                                            nn.BatchNorm2d(width))

    def forward(self, x):
        shortcut = self.downsample(x) if self.downsample else x
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(h)) + shortcut)


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.fc = nn.Linear(512, CLASSES)

    def logits(self, picture):
        h = F.max_pool2d(F.relu(self.bn1(self.conv1(picture))), 3, 2, 1)
        h = self.layer4(self.layer3(self.layer2(self.layer1(h))))
        return self.fc(h.mean((2, 3)))

    def forward(self, picture, label):
        return F.cross_entropy(self.logits(picture), label)

    def measure(self, picture, label):
        return {"accuracy": accuracy(self.logits(picture), label)}


main("resnet18", ResNet18, data=pictures, schedule=cosine,
     optimizer=lambda net: torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-4))
