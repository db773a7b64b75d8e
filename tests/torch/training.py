"""training.py -- optimizers over a hundred steps, schedules, and the statistics of initialisers."""
import math
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

import harness

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "library"))
from reference import Lion, NAdam, noam, one_cycle, rates  # noqa: E402

torch.set_default_dtype(torch.float32)  # reference.py works in f64
O = torch.optim
STEPS = 100

OPTIMIZERS = [  # in the language, of torch
    ("sgd(lr = 0.05)", lambda p: O.SGD(p, 0.05)),
    ("sgd(lr = 0.05, momentum = 0.9)", lambda p: O.SGD(p, 0.05, momentum=0.9)),
    ("sgd(lr = 0.05, momentum = 0.9, nesterov = true, weight_decay = 0.01)",
     lambda p: O.SGD(p, 0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    ("sgd(lr = 0.05, momentum = 0.8, dampening = 0.3)", lambda p: O.SGD(p, 0.05, momentum=0.8, dampening=0.3)),
    ("adam(lr = 0.02)", lambda p: O.Adam(p, 0.02)),
    ("adam(lr = 0.02, beta1 = 0.8, beta2 = 0.95, eps = 1e-4, weight_decay = 0.01)",
     lambda p: O.Adam(p, 0.02, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.01)),
    ("adam(lr = 0.02, amsgrad = true)", lambda p: O.Adam(p, 0.02, amsgrad=True)),
    ("adamw(lr = 0.02)", lambda p: O.AdamW(p, 0.02)),
    ("adamw(lr = 0.02, weight_decay = 0.1, amsgrad = true)", lambda p: O.AdamW(p, 0.02, weight_decay=0.1, amsgrad=True)),
    ("nadam(lr = 0.02)", lambda p: NAdam(p, 0.02)),
    ("radam(lr = 0.02)", lambda p: O.RAdam(p, 0.02)),
    ("adamax(lr = 0.02)", lambda p: O.Adamax(p, 0.02)),
    ("adadelta()", lambda p: O.Adadelta(p)),
    ("rmsprop(lr = 0.01)", lambda p: O.RMSprop(p, 0.01)),
    ("rmsprop(lr = 0.01, alpha = 0.9, momentum = 0.5, centered = true, weight_decay = 0.01)",
     lambda p: O.RMSprop(p, 0.01, alpha=0.9, momentum=0.5, centered=True, weight_decay=0.01)),
    ("adagrad(lr = 0.05)", lambda p: O.Adagrad(p, 0.05)),
    ("adagrad(lr = 0.05, lr_decay = 0.01, weight_decay = 0.01)", lambda p: O.Adagrad(p, 0.05, lr_decay=0.01, weight_decay=0.01)),
    ("lion(lr = 0.01, weight_decay = 0.1)", lambda p: Lion(p, 0.01, weight_decay=0.1)),
]


def schedules():
    s = O.lr_scheduler
    r = lambda kind, **how: rates(kind, 14, **how)
    return [
        ("constant(at)", [1.0] * 15), ("cosine(at / 14)", r(s.CosineAnnealingLR, T_max=14)),
        ("cosine(at / 14, last = 0.1)", r(s.CosineAnnealingLR, T_max=14, eta_min=0.1)),
        ("cosine_restarts(at, 2, mult = 2)", r(s.CosineAnnealingWarmRestarts, T_0=2, T_mult=2)),
        ("linear_decay(at / 14, last = 0.25)", r(s.LinearLR, start_factor=1.0, end_factor=0.25, total_iters=14)),
        ("linear_ramp(at)", r(s.LinearLR)), ("constant_start(at)", r(s.ConstantLR)),
        ("polynomial(at, length = 12, power = 2.5)", r(s.PolynomialLR, total_iters=12, power=2.5)),
        ("exponential(at, 0.9)", r(s.ExponentialLR, gamma=0.9)),
        ("step_decay(at, 4)", r(s.StepLR, step_size=4)), ("multistep(at, [2, 5, 11])", r(s.MultiStepLR, milestones=[2, 5, 11])),
        ("warmup(at + 1, 4)", [min((t + 1) / 4, 1) for t in range(15)]),
        ("inverse_sqrt(at + 1, 4)", [min((t + 1) / 4, math.sqrt(4 / (t + 1))) for t in range(15)]),
        ("noam(at + 1, 64, 5)", [noam(64, 5)(t) for t in range(15)]),
        ("one_cycle(at, 15)", one_cycle("lr")), ("one_cycle_momentum(at, 15)", one_cycle("momentum"))]


I = torch.nn.init
INITIALISERS = [  # of a [200, 60, 3], on torch's tensor w
    ("uniform(-0.5, 1.5)", lambda w: I.uniform_(w, -0.5, 1.5)), ("normal(0.5, 2.0)", lambda w: I.normal_(w, 0.5, 2.0)),
    ("xavier_uniform()", I.xavier_uniform_), ("xavier_uniform(2.0)", lambda w: I.xavier_uniform_(w, 2.0)),
    ("xavier_normal()", I.xavier_normal_), ("kaiming_uniform()", I.kaiming_uniform_),
    ("kaiming_uniform(mode = \"fan_out\", nonlinearity = \"relu\")", lambda w: I.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu")),
    ("kaiming_uniform(calculate_gain(\"tanh\"))", lambda w: I.kaiming_uniform_(w, I.calculate_gain("tanh"))),
    ("kaiming_normal()", I.kaiming_normal_), ("trunc_normal()", I.trunc_normal_),
    ("trunc_normal(0.2, 0.5, -0.3, 0.9)", lambda w: I.trunc_normal_(w, 0.2, 0.5, -0.3, 0.9)),
    ("orthogonal(1.5)", lambda w: I.orthogonal_(w, 1.5)), ("dirac()", I.dirac_)]


def text():
    return "\n".join(row[0] for row in OPTIMIZERS + schedules() + INITIALISERS)


def predict(folder, source, outputs, weights=None, inputs=()):
    wrong = harness.compile_and_run(folder, source, ["predict"] + [a for o in outputs for a in ("--out." + o, o + ".npy")] +
                                    (["--load", weights] if weights else []) + list(inputs), "-O1")
    if wrong:
        raise SystemExit("training.py: " + wrong + source)
    return [np.load(os.path.join(folder, o + ".npy")) for o in outputs]


def compare(name, have, want, tolerance, failures):
    want = np.asarray(want, dtype=np.float64)
    off = np.abs(have - want).max() / max(np.abs(want).max(), 1e-30) if have.shape == want.shape else math.inf
    if not off <= tolerance:
        print("%s: off by %.3g of torch's largest value (%.3g allowed)" % (name, off, tolerance))
        failures.append(name)


def run_schedules(failures):
    rows = schedules()
    source = "input at: f64[15]\n" + "".join("output s%d = %s%s\n" % (i, row[0], " + 0 * at" if row[0] == "constant(at)" else "") for i, row in enumerate(rows))
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "at.npy"), np.arange(15.0))
        found = predict(folder, source, ["s%d" % i for i in range(len(rows))], inputs=["--in.at", "at.npy"])
    for (name, want), have in zip(rows, found):
        compare(name, have, want, 1e-12, failures)
    return len(rows)


def run_optimizers(failures):
    count = len(OPTIMIZERS)
    generator = torch.Generator().manual_seed(71)
    x = torch.randn(48, 3, generator=generator, dtype=torch.float64)
    y = torch.randn(48, generator=generator, dtype=torch.float64)
    start = [0.5, -0.25, 0.75]
    source = "input x: f64[batch, 3]\ninput y: f64[batch]\n"
    source += "".join("param w%d: f64[3] = [0.5, -0.25, 0.75]\n" % i for i in range(count))
    source += "loss = " + " + ".join("mse_loss(tanh(x @ w%d), y)" % i for i in range(count)) + "\n"
    source += "data train { x = npy(\"x.npy\")\n y = npy(\"y.npy\") }\ntrain {\n    minimize loss"
    source += "".join(" with %s over w%d%s" % (row[0], i, "," if i + 1 < count else "") for i, row in enumerate(OPTIMIZERS)).replace(", with", ",\n        with").replace(", over", " over")
    source = source.replace(",\n        with", "\n        with") + "\n    batch = 16\n    epochs = 34\n}\n"
    with tempfile.TemporaryDirectory() as folder:
        np.save(os.path.join(folder, "x.npy"), x.numpy())
        np.save(os.path.join(folder, "y.npy"), y.numpy())
        wrong = harness.compile_and_run(folder, source, ["train", "--quiet", "--save", "w.safetensors"], "-O1")
        if wrong:
            raise SystemExit("training.py: " + wrong + source)
        found = harness.load_weights(os.path.join(folder, "w.safetensors"))
    for i, (name, make) in enumerate(OPTIMIZERS):
        w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = make([w])
        for step in range(34 * 3):
            at = step % 3 * 16
            optimizer.zero_grad()
            ((torch.tanh(x[at:at + 16] @ w) - y[at:at + 16]) ** 2).mean().backward()
            optimizer.step()
        compare(name, found["w%d" % i], w.detach().numpy(), 1e-9, failures)
    return count


def moments(w):
    """What two draws of one distribution share, to some sampling error: mean, deviation, ends."""
    return np.array([w.mean(), w.std(), w.min(), w.max(), np.abs(w).mean(), (w ** 3).mean()])


def run_initialisers(failures):
    rows = INITIALISERS
    source = "".join("param w%d: f32[200, 60, 3] = %s\noutput o%d = w%d * 1\n" % (i, row[0], i, i) for i, row in enumerate(rows))
    source += "loss = " + " + ".join("mean(w%d)" % i for i in range(len(rows))) + "\n"
    source += "input x: f32[batch]\ndata train { x = zeros(1) }\ntrain {\n    minimize loss + 0 * mean(x) with sgd(lr = 0.0)\n    batch = 1\n}\n"
    with tempfile.TemporaryDirectory() as folder:
        wrong = harness.compile_and_run(folder, source, ["train", "--quiet", "--seed", "7", "--save", "w.safetensors"], "-O1")
        if wrong:
            raise SystemExit("training.py: " + wrong + source)
        found = harness.load_weights(os.path.join(folder, "w.safetensors"))
    torch.manual_seed(3)
    for i, (name, make) in enumerate(rows):
        w = torch.empty(200, 60, 3)
        make(w)
        have, want = found["w%d" % i].astype(np.float64), w.detach().numpy().astype(np.float64)
        if name.startswith("dirac"):
            compare(name, have, want, 0, failures)
            continue
        spread = max(want.std(), 1e-9)
        ends = 0.15 if "normal" in name and "trunc" not in name or "orthogonal" in name else 0.002
        for k, what in enumerate(["mean", "deviation", "smallest", "largest", "mean size", "third moment"]):
            allowed = {2: ends * 5 * spread, 3: ends * 5 * spread, 5: 0.12 * spread ** 3 + 0.1 * abs(want.mean()) * spread ** 2}.get(k, 0.025 * spread)
            if abs(moments(have)[k] - moments(want)[k]) > allowed:
                print("%s: the %s is %.5g, torch's %.5g" % (name, what, moments(have)[k], moments(want)[k]))
                failures.append(name)
        if name.startswith("orthogonal"):
            m = have.reshape(200, -1)
            top = np.abs(m.T @ m - 2.25 * np.eye(180)).max() if m.shape[0] >= m.shape[1] else 0
            if top > 1e-4:
                print("orthogonal: off by %.3g" % top)
                failures.append(name)
    return len(rows) * 6


def run_all():
    failures = []
    return run_schedules(failures) + run_optimizers(failures) + run_initialisers(failures), failures
