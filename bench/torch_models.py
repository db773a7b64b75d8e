#!/usr/bin/env python3
"""The models of bench/models/ for PyTorch: same shapes, names, optimizers, first values' scale, data.

    torch_models.py bench MODEL... [--threads N] [--seconds S | --steps N] [--device cuda]
                                   [what makes it faster...]
    torch_models.py losses MODEL... --weights FILE --steps N        "MODEL" in FILE: the model's name
    torch_models.py convolution IMAGES CHANNELS OUT SIZE KERNEL     for bench/products.sh

`bench` prints what `./model bench` does; `losses` writes first weights to a safetensors file, which
the trainer takes by --load, and prints the loss of each step.  Of several models each has a line
"model NAME" before its own.  Data are the .npy files that
bench/models/data.dsl makes, in the folder --data.  Only PyTorch is needed: .npy and safetensors are
read and written here.
"""
import argparse
import ast
import ctypes
import json
import math
import struct
import sys
import time
import traceback

import torch
from torch import nn
from torch.nn import functional as F


# ---- files ----

def read_npy(path):
    """A tensor from an .npy file of f32 or i32; integers become i64, which PyTorch wants."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + size].decode())
    dtype = {"<f4": torch.float32, "<i4": torch.int32}[header["descr"]]
    flat = torch.frombuffer(bytearray(data[10 + size:]), dtype=dtype)
    return (flat.long() if dtype == torch.int32 else flat).reshape(header["shape"])


def write_safetensors(path, tensors):
    """Tensors by name, of f32 or i64."""
    header, blobs, offset = {}, [], 0
    for name, tensor in tensors.items():
        dtype, code = ("F32", "f") if tensor.is_floating_point() else ("I64", "q")
        values = tensor.detach().contiguous().flatten().tolist()
        blob = struct.pack("<%d%s" % (len(values), code), *values)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


# ---- models: forward(x, label) is the loss ----

class Linreg(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 1)

    def forward(self, x, y):
        return F.mse_loss(self.fc(x), y)


class MlpSgd(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, image, label):
        return F.cross_entropy(self.fc2(F.relu(self.fc1(image.flatten(1)))), label)


class MlpAdam(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 512)
        self.fc2 = nn.Linear(512, 256)
        self.fc3 = nn.Linear(256, 10)

    def forward(self, image, label):
        h = F.relu(self.fc1(image.flatten(1)))
        return F.cross_entropy(self.fc3(F.relu(self.fc2(h))), label)


class Lenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5, padding=2)
        self.conv2 = nn.Conv2d(16, 32, 5, padding=2)
        self.fc = nn.Linear(32 * 7 * 7, 10)

    def forward(self, image, label):
        h = F.max_pool2d(F.relu(self.conv1(image)), 2)
        h = F.max_pool2d(F.relu(self.conv2(h)), 2)
        return F.cross_entropy(self.fc(h.flatten(1)), label)


class Stage(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.conv2d1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv2d2 = nn.ModuleList([nn.Conv2d(width, width, 3, padding=1) for _ in range(3)])
        self.batchnorm2d1 = nn.ModuleList([nn.BatchNorm2d(width) for _ in range(3)])

    def forward(self, x):
        h = self.conv2d1(x)
        for conv, norm in zip(self.conv2d2, self.batchnorm2d1):
            h = F.relu(norm(conv(h)))
        return h


class Convbn(nn.Module):
    def __init__(self):
        super().__init__()
        self.narrow = Stage(3, 32)
        self.wide = Stage(32, 64)
        self.fc = nn.Linear(64, 10)

    def forward(self, image, label):
        h = self.wide(F.max_pool2d(self.narrow(image), 2))
        return F.cross_entropy(self.fc(h.mean([2, 3])), label)


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(65, 128)
        self.cells = nn.LSTM(128, 128, batch_first=True)
        self.fc = nn.Linear(128, 65)

    def forward(self, text, following):
        y, _ = self.cells(self.embed(text))
        return F.cross_entropy(self.fc(y).reshape(-1, 65), following.reshape(-1))


class Block(nn.Module):
    heads: int
    scale: float
    fused: bool     # PyTorch's own fused attention; --fused-attention

    def __init__(self, width, heads, steps):
        super().__init__()
        self.fused = False
        self.heads, self.scale = heads, 1 / math.sqrt(width // heads)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.register_buffer("ahead", torch.ones(steps, steps).triu(1).bool(), persistent=False)

    def forward(self, x):
        n, t, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.fused:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1) * self.scale).masked_fill(self.ahead, float("-inf"))
            mixed = torch.softmax(scores, -1) @ v
        x = x + self.proj(mixed.transpose(1, 2).reshape(n, t, width))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, layers, heads, width, steps):
        super().__init__()
        self.letters = nn.Embedding(65, width)
        self.place = nn.Parameter(0.02 * torch.randn(steps, width))
        self.block1 = nn.ModuleList([Block(width, heads, steps) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 65, bias=False)

    def forward(self, text, following):
        x = self.letters(text) + self.place
        for block in self.block1:
            x = block(x)
        logits = self.head(self.norm(x))
        return F.cross_entropy(logits.reshape(-1, 65), following.reshape(-1))


class Chain(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(0.5))
        self.b = nn.Parameter(torch.tensor(0.1))
        self.c = nn.Parameter(torch.tensor(1.5))
        self.d = nn.Parameter(torch.tensor(-0.1))

    def forward(self, x, unused):
        return (torch.tanh(self.a * x + self.b) * torch.sigmoid(self.c * x + self.d)).mean()


DIGITS, TEXT = ("images", "image_labels"), ("text%d", "next%d")

# name: how to build it, its batch, its data, its optimizer
MODELS = {
    "linreg": (Linreg, 16, ("line_x", "line_y"), ("SGD", dict(lr=0.05))),
    "mlp_sgd": (MlpSgd, 64, DIGITS, ("SGD", dict(lr=0.1))),
    "mlp_adam": (MlpAdam, 128, DIGITS, ("Adam", dict(lr=1e-3))),
    "lenet": (Lenet, 64, DIGITS, ("Adam", dict(lr=1e-3))),
    "convbn": (Convbn, 32, ("colours", "colour_labels"), ("SGD", dict(lr=0.01, momentum=0.9))),
    "lstm": (Lstm, 32, ("text64", "next64"), ("Adam", dict(lr=1e-3))),
    "gpt_small": (lambda: Gpt(4, 4, 128, 128), 16, ("text128", "next128"),
                  ("AdamW", dict(lr=1e-3))),
    "gpt_medium": (lambda: Gpt(6, 6, 384, 256), 4, ("text256", "next256"),
                   ("AdamW", dict(lr=1e-3))),
    "gpt_large": (lambda: Gpt(12, 12, 768, 1024), 4, ("text1024", "next1024"),
                  ("AdamW", dict(lr=1e-3))),
    "chain": (Chain, 1024, ("wave", "wave"), ("SGD", dict(lr=0.1))),
}


class Trainer:
    """A model, its optimizer, and its batches, which are gone through in order."""

    def __init__(self, model, options):
        make, self.batch, files, (kind, settings) = MODELS[model]
        torch.manual_seed(0)
        self.module = make()
        self.data = [read_npy("%s/%s.npy" % (options.data, name)) for name in files]
        if model == "lenet":
            self.data[0] = self.data[0].unsqueeze(1)
        if options.channels_last:
            self.module = self.module.to(memory_format=torch.channels_last)
            self.data[0] = self.data[0].contiguous(memory_format=torch.channels_last)
        for part in self.module.modules():
            if isinstance(part, Block):
                part.fused = options.fused_attention
        if options.foreach:
            settings = dict(settings, foreach=True)
        if options.fused and kind != "SGD":
            settings = dict(settings, fused=True)
        self.module = self.module.to(options.device)
        self.data = [data.to(options.device) for data in self.data]
        self.optimizer = getattr(torch.optim, kind)(self.module.parameters(), **settings)
        self.set_to_none = options.tuned
        self.run = self.module
        if options.script:
            self.run = torch.jit.script(self.module)
        elif options.compile:
            # "reduce-overhead": with CUDA graphs, as gradc's steps are
            self.run = torch.compile(self.module, mode="reduce-overhead")
        self.at = 0

    def step(self):
        x, y = (data[self.at:self.at + self.batch] for data in self.data)
        self.at += self.batch
        if self.at >= len(self.data[0]):
            self.at = 0
        self.optimizer.zero_grad(set_to_none=self.set_to_none)
        loss = self.run(x, y)
        loss.backward()
        self.optimizer.step()
        return loss


# ---- what is measured ----

def blas_name():
    """Which kernels OpenBLAS has chosen, if it is OpenBLAS."""
    try:
        library = ctypes.CDLL("libopenblas.so.0")
        library.openblas_get_corename.restype = ctypes.c_char_p
        return "OpenBLAS " + library.openblas_get_corename().decode()
    except (OSError, AttributeError):
        return "unknown BLAS"


def finish(device):
    """Waits until the device has done what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


def time_steps(step, seconds, steps, device):
    """Seconds a step, of parts of 20 ms and more; and of all: steps, wall, cpu."""
    parts, done, wall, cpu = [], 0, 0.0, time.process_time()
    while done < steps if steps else wall < seconds:
        started, count, spent = time.perf_counter(), 0, 0.0
        while spent < 0.02 and not (steps and done + count >= steps):
            step()
            count += 1
            spent = time.perf_counter() - started
        finish(device)
        spent = time.perf_counter() - started
        parts.append(spent / count)
        done += count
        wall += spent
    return sorted(parts), done, wall, time.process_time() - cpu


def bench(model, options):
    trainer = Trainer(model, options)
    started = time.perf_counter()
    loss = trainer.step().item()
    first = time.perf_counter() - started
    if options.steps == 0:
        for _ in range(3):          # a script is compiled when it has been seen to run
            trainer.step()
    finish(options.device)
    parts, steps, wall, cpu = time_steps(trainer.step, options.seconds, options.steps,
                                         options.device)
    print("steps              %d" % steps)
    print("samples a step     %d" % trainer.batch)
    print("steps/s            %-10.6g  the median of %d parts; the best: %.6g"
          % (1 / parts[len(parts) // 2], len(parts), 1 / parts[0]))
    print("ms a step          %.6g" % (1e3 * wall / steps))
    print("cpu ms a step      %-10.6g  of all threads" % (1e3 * cpu / steps))
    print("first step ms      %.6g" % (1e3 * first))
    if options.device == "cpu":
        print("blas               %s" % blas_name())
    print("loss               %-10.6g  of the first step" % loss)


def losses(model, options):
    trainer = Trainer(model, options)
    write_safetensors(options.weights.replace("MODEL", model), trainer.module.state_dict())
    for _ in range(options.steps):
        print("%.9g" % trainer.step().item())


def fastest(run, seconds=0.3):
    """Seconds of the fastest of many runs, in processor time."""
    best, until = 1e9, time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.process_time()
        run()
        best = min(best, time.process_time() - started)
    return best


def convolution(options):
    """GFLOP/s forward, by the data, by the weights: the better of the two layouts for each."""
    images, channels, out, size, kernel = options.sizes
    operations = 2e-9 * images * channels * out * size ** 2 * kernel ** 2
    rates = [0.0, 0.0, 0.0]
    for layout in torch.contiguous_format, torch.channels_last:
        x = torch.randn(images, channels, size, size).to(memory_format=layout)
        w = torch.randn(out, channels, kernel, kernel).to(memory_format=layout)
        y = F.conv2d(x, w, padding=kernel // 2)

        def backward(*wanted):
            torch.ops.aten.convolution_backward(y, x, w, None, [1, 1], [kernel // 2] * 2, [1, 1],
                                                False, [0, 0], 1, list(wanted))

        for i, run in enumerate([lambda: F.conv2d(x, w, padding=kernel // 2),
                                 lambda: backward(True, False, False),
                                 lambda: backward(False, True, False)]):
            rates[i] = max(rates[i], operations / fastest(run))
    print("%.1f %.1f %.1f" % tuple(rates))


def main():
    if sys.argv[1:2] == ["convolution"]:
        torch.set_num_threads(1)
        return convolution(argparse.Namespace(sizes=[int(n) for n in sys.argv[2:7]]))
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["bench", "losses"])
    parser.add_argument("models", nargs="+", choices=sorted(MODELS), metavar="MODEL")
    parser.add_argument("--data", default=".")
    parser.add_argument("--weights")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--tuned", action="store_true", help="flush denormals, drop gradients")
    parser.add_argument("--script", action="store_true", help="torch.jit.script")
    parser.add_argument("--foreach", action="store_true", help="optimizers over lists of tensors")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--compile", action="store_true", help="torch.compile")
    parser.add_argument("--fused", action="store_true", help="Adam as one kernel")
    parser.add_argument("--fused-attention", action="store_true", help="PyTorch's own")
    parser.add_argument("--tf32", action="store_true", help="factors of products rounded")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.tuned:
        torch.set_flush_denormal(True)
    if options.device == "cuda":    # what it comes with rounds in convolutions, not in products
        torch.backends.cuda.matmul.allow_tf32 = options.tf32
        torch.backends.cudnn.allow_tf32 = options.tf32
    failed = 0
    for model in options.models:
        try:
            if len(options.models) > 1:
                print("model              %s" % model)
            {"bench": bench, "losses": losses}[options.what](model, options)
            sys.stdout.flush()
        except Exception:       # of several models the others are measured
            traceback.print_exc()
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
