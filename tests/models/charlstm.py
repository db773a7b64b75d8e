"""charlstm.py -- examples/charlstm.dsl in PyTorch; see common.py."""
from common import F, cosine, main, nn, shakespeare, torch

WINDOW, HIDDEN, CHARS = 64, 256, 128


class CharLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.read = nn.Embedding(CHARS, 64)
        self.memory = nn.LSTM(64, HIDDEN, batch_first=True)
        self.write = nn.Linear(HIDDEN, CHARS)
        self.state = None

    def begin_pass(self):
        self.state = None

    def forward(self, letters, next):
        said, state = self.memory(self.read(letters.long()), self.state)
        self.state = tuple(part.detach() for part in state)
        return F.cross_entropy(self.write(said).flatten(0, 1), next.long().flatten())

    def measure(self, letters, next):
        return {"loss": self(letters, next)}


def data(split):
    if split == "test":
        return None
    text = shakespeare()
    cut = int(0.9 * len(text))
    text = text[:cut] if split == "train" else text[cut:]
    count = (len(text) - 1) // WINDOW
    return {name: text[offset:offset + count * WINDOW].reshape(count, WINDOW)
            for name, offset in (("letters", 0), ("next", 1))}


main("charlstm", CharLSTM, data=data, lanes=True, clip_norm=1.0, schedule=cosine,
     optimizer=lambda net: torch.optim.Adam(net.parameters(), lr=4e-3))
