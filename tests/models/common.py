"""common.py -- a model of examples/ beside the same model in PyTorch.

A file NAME.py beside this one holds the model as an nn.Module whose parameters have the names of
examples/NAME.dsl, and ends with main(...).  Then

    python3 NAME.py compare [--steps 100] [--f32]    losses of the first steps, from the same weights
                                                     and batches: the largest relative difference
    python3 NAME.py gradients [--batch 2] [--f32]    scores and gradients on given weights (gradients.py)
    python3 NAME.py train                            the whole training in PyTorch, and its result

`compare` makes a variant of the .dsl: its data blocks read .npy files that are written here, shuffle
is off, and f32 becomes f64 unless --f32 is given.  The first weights are the variant's own: what it
saves after 0 epochs.  Every batch that one side takes the other takes, short ones included.
Options: --gradc FILE (or GRADC), -DNAME=VALUE for the compiler.  Only numpy and PyTorch are needed.
"""
import argparse
import atexit
import gzip
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLES = os.path.join(ROOT, "examples")
SHARED = os.environ.get("SHARED", os.path.join(ROOT, "..", "shared"))


# ---- data ----

def example_csv(name):
    """A CSV file of examples/data, as f32."""
    return np.loadtxt(os.path.join(EXAMPLES, "data", name), delimiter=",", dtype=np.float32)


def shakespeare():
    """The bytes of Tiny Shakespeare."""
    with gzip.open(os.path.join(EXAMPLES, "data", "shakespeare.txt.gz")) as file:
        return np.frombuffer(file.read(), np.uint8)


def mnist(split):
    """Images f32[n, 28, 28] from 0 to 1, and labels; split is "train" or "test"."""
    stem = os.path.join(SHARED, "data", "mnist", {"train": "train", "test": "t10k"}[split])
    with gzip.open(stem + "-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(stem + "-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return {"image": images.astype(np.float32) / np.float32(255), "label": labels.astype(np.int64)}


def read_safetensors(path):
    """The tensors of a file, by name."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    kinds = {"F32": np.float32, "F64": np.float64, "F16": np.float16, "I64": np.int64,
             "I32": np.int32, "U8": np.uint8, "BOOL": np.bool_}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            flat = np.frombuffer(data[8 + size + first:8 + size + last], kinds[entry["dtype"]])
            tensors[name] = torch.from_numpy(flat.reshape(entry["shape"]).copy())
    return tensors


def write_safetensors(path, tensors):
    """A file of named tensors."""
    kinds = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
    header, first = {}, 0
    for name, tensor in tensors.items():
        last = first + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": kinds[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [first, last]}
        first = last
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.contiguous().numpy().tobytes())


# ---- the variant that gradc compiles ----

def replaced(text, pattern, by):
    """The text with every match of a pattern, which ends with a bracket, replaced up to the bracket that closes it."""
    while True:
        begin = re.search(pattern, text, re.M)
        if not begin:
            return text
        at, depth = begin.end(), 1
        while depth:
            depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(text[at], 0)
            at += 1
        text = text[:begin.start()] + by + text[at:]


def without_blocks(text, keyword):
    """The text without its blocks `keyword NAME {...}` or `keyword {...}`."""
    return replaced(text, r"^%s\b[^{\n]*\{" % keyword, "")


def write_variant(source, folder, data, f64):
    """The model with these data, in order; returns its path."""
    with open(source) as file:
        text = file.read()
    for keyword in ("data", "report", "generate"):
        text = without_blocks(text, keyword)
    text = re.sub(r"\bshuffle(\s*)= true", r"shuffle\1= false", text)
    text = re.sub(r"^ *(patience|monitor|mode|drop_last)\s*=.*\n", "", text, flags=re.M)
    if f64:
        text = re.sub(r"\bf32\b", "f64", text)
        text = re.sub(r"\bembedding\(([^()]*)\)", r"embedding(\1, kind = f64)", text)
    for name, array in data.items():
        if f64 and array.dtype == np.float32:
            array = array.astype(np.float64)
        np.save(os.path.join(folder, name + ".npy"), array)
    text += "\ndata train {\n%s}\n" % "".join('    %s = npy("%s.npy")\n' % (n, n) for n in data)
    path = os.path.join(folder, "variant.dsl")
    with open(path, "w") as file:
        file.write(text)
    return path


def rewritten(name, *pairs):
    """A copy of an example with patterns replaced, each of which must be there; it goes when all ends."""
    with open(os.path.join(EXAMPLES, name + ".dsl")) as file:
        text = file.read()
    for pattern, by in pairs:
        text, count = re.subn(pattern, by, text)
        if not count:
            sys.exit("%s.dsl has no %s" % (name, pattern))
    handle, path = tempfile.mkstemp(suffix=".dsl")
    atexit.register(os.remove, path)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return path


def run(*command, folder):
    """What a command prints; where it fails, that is shown, and all ends."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit("%s: exit status %d\n%s" % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


def settings(program, folder):
    """(batch, epochs) of a program."""
    found = re.search(r"^training: batch (\d+) .*?(\d+) epochs?", run(program, "info", folder=folder), re.M)
    return int(found[1]), int(found[2])


# ---- PyTorch's side ----

def take_weights(net, tensors):
    """Puts the tensors into the module by name; every name must be on both sides."""
    mine = {name for name in net.state_dict() if not name.endswith("num_batches_tracked")}
    theirs = {name for name in tensors if not re.match(r"(optimizer|average|stream)\.", name)
              and not name.endswith("num_batches_tracked")}
    if mine != theirs:
        sys.exit("only in PyTorch: %s\nonly here: %s" % (sorted(mine - theirs), sorted(theirs - mine)))
    net.load_state_dict({name: tensors[name] for name in mine}, strict=False)


def batches(data, size, lanes=False, order=None):
    """The batches of a pass, in the trainer's order; the last may be short.  In lanes: row r of
    batch i is sample r (n div size) + i, and what is left over is left out."""
    count = len(next(iter(data.values())))
    if lanes:
        order = np.arange(count // size * size).reshape(size, -1).T.reshape(-1)
    elif order is None:
        order = np.arange(count)
    for first in range(0, len(order), size):
        places = order[first:first + size]
        yield {name: torch.from_numpy(array[places]) for name, array in data.items()}


def widened(batch, f64):
    return {name: x.double() if f64 and x.dtype == torch.float32 else x for name, x in batch.items()}


class Training:
    """A module with its optimizer and schedule, a batch at a time."""

    def __init__(self, spec, net, steps):
        self.net, self.spec, self.steps, self.step = net, spec, steps, 0
        self.optimizer = spec.optimizer(net)
        self.rates = [group["lr"] for group in self.optimizer.param_groups]

    def take(self, batch):
        """One step; returns the loss before it."""
        self.step += 1
        if self.spec.schedule:
            factor = self.spec.schedule(self.step, self.steps)
            for group, rate in zip(self.optimizer.param_groups, self.rates):
                group["lr"] = rate * factor
        self.net.train()
        self.optimizer.zero_grad()
        loss = self.net(**batch)
        loss.backward()
        if self.spec.clip_norm:
            nn.utils.clip_grad_norm_(self.net.parameters(), self.spec.clip_norm)
        self.optimizer.step()
        return loss.item()


def begin_pass(net):
    """Modules that carry states from batch to batch have a method for the first."""
    if hasattr(net, "begin_pass"):
        net.begin_pass()


def evaluate(net, data, size, lanes):
    """Means over the samples of what net.measure gives."""
    net.eval()
    begin_pass(net)
    sums, count = {}, 0
    with torch.no_grad():
        for batch in batches(data, size, lanes):
            samples = len(next(iter(batch.values())))
            count += samples
            for name, value in net.measure(**batch).items():
                sums[name] = sums.get(name, 0) + float(value) * samples
    return {name: value / count for name, value in sums.items()}


# ---- what a file NAME.py calls ----

class Spec:
    def __init__(self, name, net, optimizer, data, schedule=None, clip_norm=None, lanes=False,
                 compare_flags=(), f64=True, source=None, redrawn=False):
        self.name, self.net, self.optimizer, self.data = name, net, optimizer, data
        self.schedule, self.clip_norm, self.lanes = schedule, clip_norm, lanes
        self.compare_flags, self.f64, self.redrawn = list(compare_flags), f64, redrawn
        self.source = source or os.path.join(EXAMPLES, name + ".dsl")


def losses(spec, weights, data, size, count, steps, f64):
    """PyTorch's of the first steps, so many."""
    net = spec.net()
    net = net.double() if f64 else net
    take_weights(net, weights)
    training, found = Training(spec, net, steps), []
    while len(found) < count:
        begin_pass(net)
        for batch in batches(data, size, spec.lanes):
            if len(found) < count:
                found.append(training.take(widened(batch, f64)))
    return found


def relative(ours, theirs):
    return [abs(a - b) / max(abs(b), 1e-30) for a, b in zip(ours, theirs)]


def parted(off):
    """The first step whose losses are more than 1 % apart, if any is."""
    return next((step for step, difference in enumerate(off, 1) if not difference <= 1e-2), None)


def compare(spec, arguments):
    """Prints the largest relative difference of the losses; fails where it is more than rounding."""
    f64 = spec.f64 and not arguments.f32
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "variant")
        data = spec.data("train")
        build = [arguments.gradc, "-f", *arguments.flags, *spec.compare_flags, "variant.dsl", "-o", program]
        write_variant(spec.source, folder, data, f64)
        run(*build, folder=folder)
        size = settings(program, folder)[0]
        count = len(next(iter(data.values())))
        if not spec.lanes and count > arguments.steps * size:
            data = {name: array[:arguments.steps * size] for name, array in data.items()}
            write_variant(spec.source, folder, data, f64)
            count = arguments.steps * size
        an_epoch = count // size if spec.lanes else -(-count // size)
        epochs = -(-arguments.steps // an_epoch)
        run(program, "--epochs", "0", "--no-log", "--save", "init.safetensors", folder=folder)
        run(program, "--epochs", str(epochs), "--no-save", "--log", "log.csv", "--quiet", folder=folder)
        with open(os.path.join(folder, "log.csv")) as file:
            rows = [line.split(",") for line in file.read().split("\n")[1:]]
        ours = [float(row[3]) for row in rows if len(row) > 3 and row[2] == "train"][:arguments.steps]
        weights = read_safetensors(os.path.join(folder, "init.safetensors"))
    theirs = losses(spec, weights, data, size, len(ours), epochs * an_epoch, f64)
    off = relative(ours, theirs)
    print("%s: %d steps in %s, loss %.6g to %.6g, largest relative difference %.1e"
          % (spec.name, len(ours), "f64" if f64 else "f32", ours[0], ours[-1], max(off)))
    worst = off.index(max(off))
    if not (max(off) <= 1e-6 if f64 else max(off[:2]) <= 1e-4):
        sys.exit("%s: the losses differ: step %d, %r here, %r in PyTorch"
                 % (spec.name, 1 + worst, ours[worst], theirs[worst]))
    step = parted(off)
    if step:  # in f32 rounding may be amplified without end, as by batchnorm over few samples
        exact = losses(spec, weights, data, size, len(ours), epochs * an_epoch, True)
        print("%s: rounding takes them more than 1 %% apart at step %d, and PyTorch's f32 from its f64 at step %s"
              % (spec.name, step, parted(relative(theirs, exact)) or "-"))


def train(spec, arguments):
    """The whole training in PyTorch; prints the result."""
    data = spec.data("train")
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "program")
        run(arguments.gradc, "-f", *arguments.flags, spec.source, "-o", program, folder=folder)
        size, epochs = settings(program, folder)
    torch.manual_seed(arguments.seed)
    net = spec.net()
    count = len(next(iter(data.values())))
    an_epoch = count // size if spec.lanes else -(-count // size)
    training, started = Training(spec, net, epochs * an_epoch), time.process_time()
    for number in range(epochs):
        begin_pass(net)
        if spec.redrawn and number:
            data = spec.data("train")
        order = np.random.RandomState(training.step + arguments.seed).permutation(count)
        for batch in batches(data, size, spec.lanes, order):
            training.take(batch)
    seconds = time.process_time() - started
    for split in ("valid", "test", "train"):
        held_out = spec.data(split) if split != "train" else data
        if held_out is not None:
            found = evaluate(net, held_out, min(size, 1000) if spec.lanes else 1000, spec.lanes)
            print("%s: %s  (%.1f s)" % (split, ", ".join("%s %.4g" % item for item in found.items()), seconds))
            break


def main(name, net, **keywords):
    """The command line of NAME.py.  net() makes the module, whose forward(**batch) is the loss and
    whose measure(**batch) is a dictionary of means; optimizer(net); data(split) gives arrays by
    input, or None; schedule(step, steps) is a factor of the learning rate; lanes: batches are taken
    as a model with stream states takes them; redrawn: each pass of a training asks for its data anew, which
    are drawn; compare_flags: the compiler's for the comparison, such as -Ddrop=0, since draws are not
    PyTorch's (the module has to look at them: `constant`)."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["compare", "gradients", "train"], nargs="?", default="compare")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--f32", action="store_true")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gradc", default=os.environ.get("GRADC", os.path.join(ROOT, "build", "gradc")))
    arguments, rest = parser.parse_known_args()
    arguments.flags = [flag for flag in rest if flag.startswith("-D") or flag.startswith("-O")]
    if len(arguments.flags) != len(rest):
        parser.error("unknown: %s" % " ".join(rest))
    arguments.gradc = os.path.abspath(arguments.gradc)
    if arguments.command != "train":
        sys.argv += keywords.get("compare_flags", [])
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    torch.set_flush_denormal(True)  # as training steps here have it
    from gradients import gradients
    {"compare": compare, "gradients": gradients, "train": train}[arguments.command](Spec(name, net, **keywords), arguments)


def constant(name, default):
    """What -DNAME=VALUE says of an integer."""
    found = [flag.split("=")[1] for flag in sys.argv if flag.startswith("-D%s=" % name)]
    return int(found[-1]) if found else default


def cosine(step, steps):
    """cosine((step - 1) / steps), of the library."""
    return 0.5 * (1 + math.cos(math.pi * min((step - 1) / steps, 1)))


def accuracy(logits, label):
    return (logits.argmax(-1) == label).double().mean()
