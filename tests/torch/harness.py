"""harness.py -- cases computed by gradc and by PyTorch, and compared.

A case is an expression of the model language over named inputs, and the same of torch:

    case("matmul", "x @ y", lambda x, y: x @ y, x=f32(3, 5), y=f32(5, 2))

What is compared: the dtype, the shape and the values; for a float result also the gradients of
sum(w * result), with some w, by each float input; and the gradients of the sum of their squares.  Some
dozens of cases make one program: `predict` reads the inputs and writes the results as .npy files.

The tolerance is measured: torch computes each case in the inputs' dtype and in f64, and gradc may be
off from f64 by some times as much as torch, and by some steps of the dtype (inputs are about 1)."""
import json
import os
import re
import struct
import subprocess
import tempfile
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")
SAMPLES = 5  # of the batch dimension, which is the first and named "batch"
NAMES = {torch.float16: "f16", torch.bfloat16: "bf16", torch.float32: "f32", torch.float64: "f64",
         torch.uint8: "u8", torch.int8: "i8", torch.int16: "i16", torch.int32: "i32",
         torch.int64: "i64", torch.bool: "bool"}
DTYPES = {name: dtype for dtype, name in NAMES.items()}
STEP = {torch.float16: 2.0 ** -10, torch.bfloat16: 2.0 ** -7, torch.float32: 2.0 ** -23,
        torch.float64: 2.0 ** -52}
cases = []


class Tensor:
    """An input: its values, and its type in the language, whose first size may be "batch"."""

    def __init__(self, value, batched=False):
        self.value, self.batched = value, batched

    def type(self):
        sizes = [str(n) for n in self.value.shape]
        if self.batched:
            sizes[0] = "batch"
        return NAMES[self.value.dtype] + ("[" + ", ".join(sizes) + "]" if sizes else "")


def draw(dtype, shape, seed, low=-2.0, high=2.0):
    """Values of the dtype in [low, high), away from integers and halves, none equal to another."""
    batched = "batch" in shape
    sizes = [SAMPLES if n == "batch" else n for n in shape]
    generator = torch.Generator().manual_seed(seed)
    value = torch.rand(sizes, generator=generator, dtype=torch.float64) * (high - low) + low
    if dtype == "bool":
        return Tensor(value > (low + high) / 2, batched)
    if dtype[0] in "iu":
        return Tensor(torch.floor(value * 4 if dtype[0] == "i" else value.abs() * 4).to(DTYPES[dtype]), batched)
    near = torch.round(value * 2) / 2
    value = torch.where((value - near).abs() < 0.05, near + 0.07, value)
    return Tensor(value.to(DTYPES[dtype]), batched)


def case(name, text, compute, setup="", module=None, layer=None, grads=True, second=True, wide=True,
         tolerance=1.0, **inputs):
    """`setup` may make a layer named `layer`, which gets the weights of `module`, a torch one; `wide`:
    torch may compute it in f64, for the tolerance."""
    cases.append(dict(name=name, text=text, compute=compute, setup=setup, module=module, layer=layer, grads=grads,
                      second=second, wide=wide, tolerance=tolerance, inputs=inputs, number=len(cases)))


# ---- torch's answers ----

def weight_of(y):
    return torch.linspace(0.5, 2.0, max(y.numel(), 1), dtype=torch.float64)[:y.numel()].reshape(y.shape)


def answers(c, dtype=None):
    """Names to tensors: value, grads, seconds.  `dtype`: floats are computed in it."""
    change = lambda t: t.to(dtype) if dtype and t.is_floating_point() else t.clone()
    xs = {k: change(t.value) for k, t in c["inputs"].items()}
    learned = {}
    if c["grads"]:
        learned = {k: x.requires_grad_() for k, x in xs.items() if x.is_floating_point()}
    args = dict(xs)
    if c["module"] is not None:
        module = c["module"].to(dtype or torch.float32)
        module.zero_grad()
        args["module"] = module
        learned.update({c["layer"] + "." + k: p for k, p in module.named_parameters()})
    y = c["compute"](*args.values())
    found = {"value": y.detach()}
    if not (c["grads"] and y.is_floating_point() and y.requires_grad):
        return found
    loss = (y * weight_of(y).to(y.dtype)).sum()
    slopes = grad_or_zero(loss, learned, create_graph=c["second"])
    found.update({"grad " + k: g.detach() for k, g in slopes.items()})
    if c["second"]:
        total = sum((g.double() ** 2).sum() for g in slopes.values())
        more = grad_or_zero(total, learned) if total.requires_grad else {
            k: torch.zeros_like(x) for k, x in learned.items()}
        found.update({"second " + k: g for k, g in more.items()})
    return found


def grad_or_zero(y, xs, **how):
    found = torch.autograd.grad(y, list(xs.values()), allow_unused=True, **how)
    return {k: torch.zeros_like(x) if g is None else g for (k, x), g in zip(xs.items(), found)}


# ---- gradc's ----

def gradc():
    return os.environ.get("GRADC", "gradc")


def text_of(c, wants):
    """The case in the language; names are made its own by its number."""
    n = c["number"]
    own = lambda text: re.sub(r"\b(" + "|".join(list(c["inputs"]) + ([c["layer"]] if c["layer"] else [])) + r")\b(?! *=[^=])",
                              lambda m: m.group(1) + str(n), text) if c["inputs"] or c["layer"] else text
    setup = re.sub(r"\b(" + c["layer"] + r")\b", c["layer"] + str(n), c["setup"]) if c["layer"] else c["setup"]
    lines = ["input %s%d: %s" % (k, n, t.type()) for k, t in c["inputs"].items()]
    lines += [setup] if setup else []
    lines += ["output value_%d = %s" % (n, own(c["text"]))]
    learned = [k[5:] for k in wants if k.startswith("grad ")]
    if learned:
        lines += ["input weigh%d: %s" % (n, c["weight"].type()), "loss%d = sum(value_%d * weigh%d)" % (n, n, n)]
        for i, k in enumerate(learned):
            lines.append("output grad_%d_%d = grad(loss%d, %s)" % (n, i, n, own(k)))
    if any(k.startswith("second ") for k in wants):
        total = " + ".join("sum(f64(grad_%d_%d) ** 2)" % (n, i) for i in range(len(learned)))
        lines.append("total%d = %s" % (n, total))
        for i, k in enumerate(learned):
            lines.append("output second_%d_%d = grad(total%d, %s)" % (n, i, n, own(k)))
    return "\n".join(lines) + "\n"


def output_names(c, wants):
    learned = [k[5:] for k in wants if k.startswith("grad ")]
    names = {"value": "value_%d" % c["number"]}
    for i, k in enumerate(learned):
        names["grad " + k] = "grad_%d_%d" % (c["number"], i)
        if "second " + k in wants:
            names["second " + k] = "second_%d_%d" % (c["number"], i)
    return names


def save_npy(path, tensor):
    """bf16 goes by way of f32, which it fits."""
    array = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).detach().numpy()
    np.save(path, array)


def save_weights(path, tensors):
    """A safetensors file."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = np.ascontiguousarray(tensor.detach().numpy()).tobytes()
        kind = {"f32": "F32", "f64": "F64", "i64": "I64"}[NAMES[tensor.dtype]]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def load_weights(path):
    kinds = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "U64": np.uint64, "I32": np.int32}
    with open(path, "rb") as file:
        bytes_ = file.read()
    size = struct.unpack("<Q", bytes_[:8])[0]
    header = json.loads(bytes_[8:8 + size])
    found = {}
    for name, item in header.items():
        if name != "__metadata__" and item["dtype"] in kinds:
            start, end = item["data_offsets"]
            found[name] = np.frombuffer(bytes_[8 + size + start:8 + size + end], kinds[item["dtype"]]).reshape(item["shape"])
    return found


def compile_and_run(folder, text, arguments, level):
    """None, or what went wrong."""
    with open(os.path.join(folder, "cases.dsl"), "w") as file:
        file.write(text)
    made = subprocess.run([gradc(), level, "--no-check", "--cflags=-O0", "-f", "cases.dsl", "-o", "cases"],
                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode != 0:
        return made.stdout
    ran = subprocess.run(["./cases"] + arguments, cwd=folder, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    return ran.stdout if ran.returncode != 0 else None


def prepare(c):
    halves = {t.value.dtype for t in c["inputs"].values()} & {torch.float16, torch.bfloat16}
    halves = halves if c["wide"] else {}
    c["wants"] = answers(c, torch.float32 if halves else None)
    for half in halves:  # torch 1.13 has few functions of these here
        c["wants"] = {k: t.to(half) if t.is_floating_point() else t for k, t in c["wants"].items()}
    y = c["wants"]["value"]
    batched = any(t.batched for t in c["inputs"].values()) and y.dim() > 0 and y.shape[0] == SAMPLES
    c["weight"] = Tensor(weight_of(y).to(y.dtype) if y.is_floating_point() else y,
                         batched)


def run_group(group, level):
    """gradc's answers: case number and name to array; or a text, why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        arguments, weights, text = ["predict"], {}, ""
        for c in group:
            text += "# " + c["name"] + "\n" + text_of(c, c["wants"])
            inputs = dict(c["inputs"])
            if any(k.startswith("grad ") for k in c["wants"]):
                inputs["weigh"] = c["weight"]
            for k, t in inputs.items():
                path = "in_%s%d.npy" % (k, c["number"])
                save_npy(os.path.join(folder, path), t.value)
                arguments += ["--in.%s%d" % (k, c["number"]), path]
            for name in output_names(c, c["wants"]).values():
                arguments += ["--out." + name, name + ".npy"]
            if c["module"] is not None:
                weights.update({c["layer"] + str(c["number"]) + "." + k: v
                                for k, v in c["module"].float().state_dict().items()})
        if weights:
            save_weights(os.path.join(folder, "weights.safetensors"), weights)
            arguments += ["--load", "weights.safetensors"]
        wrong = compile_and_run(folder, text, arguments, level)
        if wrong:
            return wrong
        return {(c["number"], k): np.load(os.path.join(folder, name + ".npy"))
                for c in group for k, name in output_names(c, c["wants"]).items()}


# ---- comparing ----

def numbers(tensor):
    return tensor.double().numpy() if tensor.dtype != torch.int64 else tensor.numpy()


def difference(c, key, want, exact, have):
    """What is wrong with one answer; None if nothing is."""
    dtype = torch.float32 if want.dtype == torch.bfloat16 else want.dtype
    if key == "value" and have.dtype != torch.zeros(0, dtype=dtype).numpy().dtype:
        return "the dtype is %s, torch's %s" % (have.dtype, want.dtype)
    if tuple(have.shape) != tuple(want.shape):
        return "the shape is %s, torch's %s" % (have.shape, tuple(want.shape))
    if not want.is_floating_point():
        return None if np.array_equal(numbers(want), have) else "%s, torch's %s" % (have.ravel()[:8], numbers(want).ravel()[:8])
    if have.size == 0:
        return None
    reference = numbers(exact if exact is not None else want)
    scale = np.nanmax(np.where(np.isfinite(reference), np.abs(reference), 0), initial=0)
    off_torch = np.abs(numbers(want) - reference)
    off_torch = np.nanmax(np.where(np.isfinite(off_torch), off_torch, 0), initial=0)
    step = max(STEP[t.value.dtype] for t in list(c["inputs"].values()) + [Tensor(want)] if t.value.dtype in STEP)
    if c["module"] is not None:
        step = max(step, STEP[torch.float32])
    tolerance = c["tolerance"] * (4 * off_torch + 32 * step * max(scale, 0.25))
    off = np.abs(have.astype(np.float64) - reference)
    same = (have == reference) | (np.isnan(have) & np.isnan(reference)) | (off <= tolerance)
    if same.all():
        return None
    at = int(np.argmin(same.ravel()))
    return "element %d is %.9g, torch's %.9g (tolerance %.2g)" % (at, have.ravel()[at], reference.ravel()[at], tolerance)


def check_group(group, level, report):
    have = run_group(group, level)
    if isinstance(have, str):
        if len(group) == 1:
            report(group[0], "program", have)
            return 0
        half = len(group) // 2
        return check_group(group[:half], level, report) + check_group(group[half:], level, report)
    compared = 0
    for c in group:
        exact = answers(c, torch.float64) if c["wide"] else {}
        for key, want in c["wants"].items():
            wrong = difference(c, key, want, exact.get(key), have[c["number"], key])
            compared += 1
            if wrong:
                report(c, key, wrong)
    return compared


def run_cases(level, size=60):
    """(tensors compared, differences)."""
    failures = []

    def report(c, key, wrong):
        failures.append(c)
        print("%s, %s at %s: %s" % (c["name"], key, level, wrong.strip()))
        if c not in failures[:-1]:
            print("    " + text_of(c, c["wants"]).strip().replace("\n", "\n    "))

    ready = []
    for c in cases:
        try:
            prepare(c)
            ready.append(c)
        except RuntimeError as error:
            report_unprepared(c, error, failures)
    compared = 0
    for i in range(0, len(ready), size):
        compared += check_group(ready[i:i + size], level, report)
    return compared, failures


def report_unprepared(c, error, failures):
    print("%s: torch cannot: %s" % (c["name"], error))
    failures.append(c)
