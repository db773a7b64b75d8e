"""vae.py -- examples/vae.dsl in PyTorch; see common.py."""
import sys

import numpy as np

from common import F, example_csv, main, nn, rewritten, torch

CODE = 8


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1, self.linear2, self.linear3 = nn.Linear(64, 128), nn.Linear(128, CODE), nn.Linear(128, CODE)

    def forward(self, x):
        h = F.relu(self.linear1(x))
        return self.linear2(h), self.linear3(h)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(CODE, 128), nn.Linear(128, 64)

    def forward(self, z):
        return self.linear2(F.relu(self.linear1(z)))


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.decode = Encoder(), Decoder()

    def parts(self, pixels, noise):
        image = pixels / 16
        mu, logvar = self.encode(image)
        drawn = self.decode(mu + torch.exp(0.5 * logvar) * noise)
        bce = F.binary_cross_entropy_with_logits(drawn, image, reduction="sum")
        kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        return bce / len(pixels), kl / len(pixels)

    def forward(self, pixels, noise):
        if "train" in sys.argv:
            noise = torch.randn_like(noise)  # anew in each epoch
        return sum(self.parts(pixels, noise))

    def measure(self, pixels, noise):
        bce, kl = self.parts(pixels, noise)
        return {"bce": bce, "kl": kl, "loss": bce + kl}


def data(split):
    if split == "valid":
        return None
    rows = example_csv("digits.csv")
    rows = rows[:1500] if split == "train" else rows[1500:]
    noise = np.random.RandomState(1).standard_normal((len(rows), CODE)).astype(np.float32)
    return {"pixels": rows[:, :64], "noise": noise}


# The noise is drawn by the model; to be the same on both sides it is an input.
noisy = rewritten("vae", (r"input pixels: f32\[batch, 64\]\n", "input pixels: f32[batch, 64]\ninput noise: f32[batch, code]\n"),
                  (r"randn_like\(mu\)", "noise"))
main("vae", VAE, data=data, source=None if "train" in sys.argv else noisy,
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=1e-3))
