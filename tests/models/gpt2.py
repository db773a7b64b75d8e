"""gpt2.py FOLDER -- random weights of a small GPT-2, as Hugging Face's files have them, and what they say.

Writes FOLDER/model.safetensors, part.safetensors with one of its tensors, tokens.npy, and scores.npy and greedy.txt by GPT-2's formula in numpy."""
import json
import struct
import sys

import numpy as np

LAYERS, HEADS, WIDTH, CONTEXT, VOCAB = 2, 4, 32, 16, 65
CHARS = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def weights(rng):
    def normal(*shape, spread=0.3):
        return rng.normal(0, spread, shape).astype(np.float32)

    named = {"wte.weight": normal(VOCAB, WIDTH), "wpe.weight": normal(CONTEXT, WIDTH)}
    for i in range(LAYERS):
        for norm in ("ln_1", "ln_2"):
            named[f"h.{i}.{norm}.weight"] = 1 + normal(WIDTH)
            named[f"h.{i}.{norm}.bias"] = normal(WIDTH)
        for name, rows, columns in (("attn.c_attn", WIDTH, 3 * WIDTH), ("attn.c_proj", WIDTH, WIDTH),
                                    ("mlp.c_fc", WIDTH, 4 * WIDTH), ("mlp.c_proj", 4 * WIDTH, WIDTH)):
            named[f"h.{i}.{name}.weight"] = normal(rows, columns)
            named[f"h.{i}.{name}.bias"] = normal(columns)
        named[f"h.{i}.attn.bias"] = np.tril(np.ones((1, 1, CONTEXT, CONTEXT), np.float32))
    named["ln_f.weight"] = 1 + normal(WIDTH)
    named["ln_f.bias"] = normal(WIDTH)
    return named


def save(path, arrays):
    header, data = {}, b""
    for name, a in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(a.shape), "data_offsets": [len(data), len(data) + a.nbytes]}
        data += a.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def scores(w, tokens):
    """[time, vocab] for the tokens of one text, in f64."""
    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centred ** 2).mean(-1, keepdims=True) + 1e-5)
        return centred / spread * w[name + ".weight"] + w[name + ".bias"]

    def linear(x, name):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    time = len(tokens)
    x = w["wte.weight"][tokens] + w["wpe.weight"][:time]
    for i in range(LAYERS):
        parts = np.split(linear(norm(x, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn"), 3, axis=-1)
        q, k, v = (part.reshape(time, HEADS, -1).transpose(1, 0, 2) for part in parts)
        said = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])
        said = np.where(np.tril(np.ones((time, time))) > 0, said, -np.inf)
        said = np.exp(said - said.max(-1, keepdims=True))
        seen = (said / said.sum(-1, keepdims=True)) @ v
        x = x + linear(seen.transpose(1, 0, 2).reshape(time, -1), f"h.{i}.attn.c_proj")
        y = linear(norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc")
        y = 0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y ** 3)))
        x = x + linear(y, f"h.{i}.mlp.c_proj")
    return norm(x, "ln_f") @ w["wte.weight"].T


def main(folder):
    rng = np.random.default_rng(7)
    named = weights(rng)
    save(folder + "/model.safetensors", named)
    save(folder + "/part.safetensors", {"wte.weight": named["wte.weight"]})
    w = {name: a.astype(np.float64) for name, a in named.items()}
    tokens = rng.integers(0, VOCAB, (3, CONTEXT))
    np.save(folder + "/tokens.npy", tokens.astype(np.int32))
    np.save(folder + "/scores.npy", np.stack([scores(w, row) for row in tokens]))
    text = [CHARS.index(c) for c in "ROMEO:"]
    while len(text) < CONTEXT:
        text.append(int(scores(w, text)[-1].argmax()))
    with open(folder + "/greedy.txt", "w") as file:
        file.write("".join(CHARS[t] for t in text) + "\n")


main(sys.argv[1])
