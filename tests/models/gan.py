"""gan.py -- examples/gan.dsl in PyTorch; see common.py.  A step trains D, then G; what is compared is D's loss."""
import sys

import numpy as np

from common import F, example_csv, main, nn, rewritten, torch

NOISE = 32
DROP = 0.3 if "train" in sys.argv else 0.0  # draws differ


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1, self.batchnorm1d1 = nn.Linear(NOISE, 64 * 2 * 2), nn.BatchNorm1d(64 * 2 * 2)
        self.conv_transpose2d1, self.batchnorm2d1 = nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32)
        self.conv_transpose2d2 = nn.ConvTranspose2d(32, 1, 4, 2, 1)

    def forward(self, z):
        h = F.relu(self.batchnorm1d1(self.linear1(z))).view(-1, 64, 2, 2)
        h = F.relu(self.batchnorm2d1(self.conv_transpose2d1(h)))
        return torch.sigmoid(self.conv_transpose2d2(h))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv2d1, self.conv2d2 = nn.Conv2d(1, 32, 4, 2, 1), nn.Conv2d(32, 64, 4, 2, 1)
        self.linear1 = nn.Linear(64 * 2 * 2, 1)

    def forward(self, x):
        h = F.dropout2d(F.leaky_relu(self.conv2d1(x), 0.2), DROP, self.training)
        h = F.dropout2d(F.leaky_relu(self.conv2d2(h), 0.2), DROP, self.training)
        return self.linear1(h.flatten(1))


class GAN(nn.Module):
    def __init__(self):
        super().__init__()
        self.G, self.D = Generator(), Discriminator()

    def draw(self, noise):
        return self.G(torch.randn_like(noise) if "train" in sys.argv else noise)

    def forward(self, pixels, noise):
        self.real, self.fake = pixels.view(-1, 1, 8, 8) / 16, self.draw(noise)
        return (F.softplus(-self.D(self.real)).mean() + F.softplus(self.D(self.fake.detach())).mean()) / 2

    def measure(self, pixels, noise):
        real, fake = pixels.view(-1, 1, 8, 8) / 16, self.draw(noise)
        learned = torch.from_numpy(data("train")["pixels"]) / 16
        return {"d_accuracy": ((self.D(real) > 0).float().mean() + (self.D(fake) < 0).float().mean()) / 2,
                "fake_distance": torch.cdist(fake.flatten(1), learned).min(1)[0].mean(),
                "real_distance": torch.cdist(real.flatten(1), learned).min(1)[0].mean()}


class Turns:
    """D's optimizer, whose step is followed by one of G's."""

    def __init__(self, net):
        self.net = net
        self.d, self.g = (torch.optim.Adam(part.parameters(), lr=1e-3, betas=(0.5, 0.999)) for part in (net.D, net.G))
        self.param_groups = self.d.param_groups

    def zero_grad(self):
        self.net.zero_grad()

    def step(self):
        self.d.step()
        self.net.zero_grad()
        F.softplus(-self.net.D(self.net.fake)).mean().backward()
        self.g.step()


def data(split):
    if split == "valid":
        return None
    rows = example_csv("digits.csv")
    rows = rows[:1500] if split == "train" else rows[1500:]
    noise = np.random.RandomState(1).standard_normal((len(rows), NOISE)).astype(np.float32)
    return {"pixels": rows[:, :64], "noise": noise}


# The noise is drawn by the model; to be the same on both sides it is an input.  What is only measured is left out.
noisy = rewritten("gan", (r"input pixels: f32\[batch, 64\]\n",
                          "input pixels: f32[batch, 64]\ninput noise: f32[batch, noise_size]\n"),
                  (r"randn\(batch, noise_size\)", "noise"), (r"(?m)^(learned|metric) .*\n", ""), (r"(?m)^ *average .*\n", ""))
main("gan", GAN, data=data, source=None if "train" in sys.argv else noisy, optimizer=Turns,
     compare_flags=["-Ddrop=0"])
