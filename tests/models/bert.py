"""bert.py -- examples/bert.dsl in PyTorch; see common.py."""
import numpy as np

from common import F, constant, cosine, main, nn, shakespeare, torch

CONTEXT, WIDTH, DEPTH, HEADS = constant("context", 64), constant("width", 128), constant("depth", 4), 4
BYTES = HIDDEN = 128


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(0.02 * torch.randn(BYTES + 1, WIDTH))
        self.place = nn.Parameter(0.02 * torch.randn(CONTEXT, WIDTH))
        self.layer = nn.ModuleList(
            nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, 0.0, F.gelu, batch_first=True, norm_first=True)
            for _ in range(DEPTH))
        self.norm = nn.LayerNorm(WIDTH)
        self.bias = nn.Parameter(torch.zeros(BYTES + 1))

    def forward(self, ids):
        h = self.table[ids] + self.place
        for layer in self.layer:
            h = layer(h)
        return self.norm(h) @ self.table.T + self.bias


class Masked(nn.Module):
    def __init__(self):
        super().__init__()
        self.lm = Bert()

    def forward(self, token, chosen, seen):
        return F.cross_entropy(self.lm(seen.long())[chosen], token.long()[chosen])

    def measure(self, token, chosen, seen):
        logits, wanted = self.lm(seen.long())[chosen], token.long()[chosen]
        return {"accuracy": (logits.argmax(-1) == wanted).double().mean(), "loss": F.cross_entropy(logits, wanted)}


draws = {"train": np.random.RandomState(0), "valid": np.random.RandomState(1)}


def data(split):
    """Windows of the text, and a draw of what is hidden in them: another each time it is called."""
    if split == "test":
        return None
    text = shakespeare().astype(np.int32)
    first = int(0.9 * len(text))
    text = text[:first] if split == "train" else text[first:]
    token = text[:len(text) // CONTEXT * CONTEXT].reshape(-1, CONTEXT)
    draw = draws[split]
    chosen = draw.rand(*token.shape) < 0.15
    lot, other = draw.rand(*token.shape), draw.randint(0, BYTES, token.shape)
    seen = np.where(chosen, np.where(lot < 0.8, HIDDEN, np.where(lot < 0.9, other, token)), token)
    return {"token": token, "chosen": chosen, "seen": seen.astype(np.int32)}


main("bert", Masked, data=data, redrawn=True, clip_norm=1.0,
     schedule=lambda step, steps: min(step / 100, 1) * cosine(step, steps),
     optimizer=lambda net: torch.optim.AdamW(net.parameters(), lr=1e-3))
