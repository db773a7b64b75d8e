"""gradients.py -- `NAME.py gradients`: a model's scores and the gradient of each parameter beside PyTorch's, on given
weights, at the size that examples/NAME.dsl has (unless a -D says another).

    python3 resnet18.py gradients [--f32] [--batch 2]

PyTorch makes the weights, and they go to the program in a safetensors file, under the names of the module's state_dict:

- `predict` gives the scores, where the module has a method `logits`, by the running statistics of the file;
- a step with sgd(lr = 0, momentum = 0.5) moves nothing and leaves the gradients in its checkpoint, for that is what
  the momentum of the first step is. The new running statistics are there, too.

Of two tensors the difference is measured by norms, |here - there| / |there|; the largest of each kind is shown. What is
compared with is PyTorch's f64. With --f32 it is shown how far PyTorch's own f32 is from that, too: what rounding does
to gradients is more than to scores, for a ReLU near 0, or a pool of two near values, may turn the other way."""
import os
import re
import sys
import tempfile

import numpy as np
import torch

from common import begin_pass, read_safetensors, replaced, run, widened, write_safetensors, write_variant

BOUNDS = {"f64": {"scores": 1e-12, "statistics": 1e-12, "gradients": 1e-12},
          "f32": {"scores": 1e-5, "statistics": 1e-5, "gradients": 5e-2}}
STATISTICS = re.compile(r"\.(running_mean|running_var|num_batches_tracked)$")


def given_weights(spec, seed):
    """No bias is 0, no scale 1, and no statistic either, as they are at first: each has its effect."""
    torch.manual_seed(seed)
    net = spec.net()
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif tensor.dim() == 1:
                tensor.add_(0.1 * torch.randn(tensor.shape))
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


def of_pytorch(spec, weights, batch, f64):
    """The scores in evaluation; of a step in training the gradients and the new statistics."""
    net = spec.net()
    net.load_state_dict(weights)
    net = net.double() if f64 else net
    batch = widened({name: torch.from_numpy(array) for name, array in batch.items()}, f64)
    found = {}
    if hasattr(net, "logits"):
        net.eval()
        with torch.no_grad():
            found["scores"] = net.logits(next(iter(batch.values())))
    net.train()
    begin_pass(net)
    net(**batch).backward()
    found.update((name, tensor) for name, tensor in net.state_dict().items() if STATISTICS.search(name))
    found.update((name, p.grad) for name, p in net.named_parameters() if p.grad is not None)
    return found


def of_gradc(spec, arguments, weights, batch, f64):
    """The same, of the program."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_variant(spec.source, folder, batch, f64)
        with open(path) as file:
            text = re.sub(r"^(output| *clip_norm) .*\n", "", file.read(), flags=re.M)
        if hasattr(spec.net, "logits"):
            text += "output scores = logits\n"
        with open(path, "w") as file:
            file.write(replaced(text, r"\bwith \w+\((?!lr = 0,)", "with sgd(lr = 0, momentum = 0.5)"))
        run(arguments.gradc, "-f", *arguments.flags, *spec.compare_flags, path, "-o", "program", folder=folder)
        program, name = os.path.join(folder, "program"), next(iter(batch))
        options = ["--load", "weights.safetensors", "--batch", str(arguments.batch)]
        write_safetensors(os.path.join(folder, "weights.safetensors"), weights)
        run(program, *options, "--epochs", "1", "--save", "after.safetensors", "--no-log", "--quiet", folder=folder)
        found = {}
        if hasattr(spec.net, "logits"):
            run(program, "predict", *options, "--in." + name, name + ".npy", "--out.scores", "scores.npy", folder=folder)
            found["scores"] = torch.from_numpy(np.load(os.path.join(folder, "scores.npy")))
        for name, tensor in read_safetensors(os.path.join(folder, "after.safetensors")).items():
            moved = re.match(r"optimizer\.sgd\.(.*)\.v$", name)
            if moved or STATISTICS.search(name):
                found[moved[1] if moved else name] = tensor
    return found


def differences(found, wanted):
    """Of each tensor, by name."""
    if set(found) != set(wanted):
        sys.exit("on one side only: %s" % sorted(set(found) ^ set(wanted)))
    return {name: float((found[name].double() - there.double()).norm() / max(float(there.double().norm()), 1e-30))
            for name, there in wanted.items()}


def largest(off):
    """Of each kind: how many there are, the largest difference, and whose it is."""
    kinds = {}
    for name, value in off.items():
        kind = "scores" if name == "scores" else "statistics" if STATISTICS.search(name) else "gradients"
        kinds.setdefault(kind, []).append((value if value == value else float("inf"), name))
    return {kind: (len(values), *max(values)) for kind, values in kinds.items()}


def text_of(kinds):
    return ", ".join("%s %.1e" % (kind, value) + (" (%s, of %d)" % (name, count) if count > 1 else "")
                     for kind, (count, value, name) in kinds.items())


def gradients(spec, arguments):
    """Prints the largest differences; fails where they are more than rounding."""
    batch = {name: array[:arguments.batch].copy() for name, array in spec.data("train").items()}
    width = "f32" if arguments.f32 else "f64"
    weights = given_weights(spec, arguments.seed)
    exact = of_pytorch(spec, weights, batch, True)
    found = largest(differences(of_gradc(spec, arguments, weights, batch, width == "f64"), exact))
    print("%s, batch %d, in %s: %s" % (spec.name, arguments.batch, width, text_of(found)))
    if arguments.f32:
        print("    PyTorch's own: %s" % text_of(largest(differences(of_pytorch(spec, weights, batch, False), exact))))
    if any(value > BOUNDS[width][kind] for kind, (_, value, _) in found.items()):
        sys.exit("%s: more than rounding" % spec.name)
