"""gpt.py -- examples/gpt.dsl in PyTorch; see common.py."""
import math

from common import F, main, nn, np, shakespeare, torch

CHARS = b"\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LAYERS, HEADS, WIDTH, CONTEXT, WINDOWS = 4, 4, 128, 128, 15680
draw = np.random.RandomState(0)


class Conv1D(nn.Module):
    def __init__(self, rows, columns, spread=0.02):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(rows, columns) * spread)
        self.bias = nn.Parameter(torch.zeros(columns))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn = Conv1D(WIDTH, 3 * WIDTH)
        self.c_proj = Conv1D(WIDTH, WIDTH, 0.02 / math.sqrt(2 * LAYERS))

    def forward(self, x):
        batch, time, _ = x.shape
        q, k, v = (part.view(batch, time, HEADS, -1).transpose(1, 2) for part in self.c_attn(x).split(WIDTH, -1))
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
        ahead = torch.ones(time, time, dtype=torch.bool).triu(1)
        seen = scores.masked_fill(ahead, -math.inf).softmax(-1) @ v
        return self.c_proj(seen.transpose(1, 2).reshape(batch, time, WIDTH))


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc = Conv1D(WIDTH, 4 * WIDTH)
        self.c_proj = Conv1D(4 * WIDTH, WIDTH, 0.02 / math.sqrt(2 * LAYERS))

    def forward(self, x):
        x = self.c_fc(x)
        x = 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
        return self.c_proj(x)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn, self.mlp = Attention(), MLP()

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(len(CHARS), WIDTH), nn.Embedding(CONTEXT, WIDTH)
        for table in (self.wte, self.wpe):
            nn.init.normal_(table.weight, 0, 0.02)
        self.h = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(WIDTH)

    def forward(self, tokens, following):
        x = self.wte(tokens.long()) + self.wpe(torch.arange(CONTEXT))
        for block in self.h:
            x = block(x)
        scores = self.ln_f(x) @ self.wte.weight.T
        return F.cross_entropy(scores.flatten(0, 1), following.long().flatten())

    def measure(self, tokens, following):
        return {"loss": self(tokens, following)}


def data(split):
    """Windows of the text: for the training at places that are drawn each time, else one behind the other."""
    if split == "test":
        return None
    text = np.searchsorted(np.frombuffer(CHARS, np.uint8), shakespeare()).astype(np.int32)
    cut = len(text) * 9 // 10
    text = text[:cut] if split == "train" else text[cut:]
    places = np.arange(0, len(text) - CONTEXT, CONTEXT)
    if split == "train":
        places = draw.randint(0, len(text) - CONTEXT, WINDOWS)
    places = places[:, None] + np.arange(CONTEXT)
    return {"tokens": text[places], "following": text[places + 1]}


def schedule(step, steps):
    """warmup(step, 100) * cosine(step / steps, last = 0.1), of the library."""
    return min(step / 100, 1) * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * step / steps)))


main("gpt", GPT, data=data, redrawn=True, schedule=schedule, clip_norm=1,
     optimizer=lambda net: torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.1))
