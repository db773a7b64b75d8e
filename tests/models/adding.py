"""adding.py -- examples/adding.dsl in PyTorch; see common.py."""
import numpy as np

from common import F, main, nn, torch

TIME = 10


class Adding(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru1 = nn.GRU(2, 16, batch_first=True)
        self.linear1 = nn.Linear(16, 1)

    def prediction(self, x):
        return self.linear1(self.gru1(x)[1][0])

    def forward(self, x, sum_of_two):
        return F.mse_loss(self.prediction(x), sum_of_two)

    def measure(self, x, sum_of_two):
        return {"error": F.mse_loss(self.prediction(x), sum_of_two).sqrt()}


def data(split):
    """Numbers, two of them marked: one in the first half, one in the second."""
    if split == "valid":
        return None
    draw = np.random.RandomState(split == "test")
    n = 256 if split == "test" else 1024
    number, mark = draw.rand(n, TIME), np.zeros((n, TIME))
    mark[np.arange(n), draw.randint(0, TIME // 2, n)] = 1
    mark[np.arange(n), draw.randint(TIME // 2, TIME, n)] = 1
    return {"x": np.stack([number, mark], 2).astype(np.float32),
            "sum_of_two": (number * mark).sum(1, keepdims=True).astype(np.float32)}


main("adding", Adding, data=data, optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=1e-2))
