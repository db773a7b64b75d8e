"""coverage.py -- is every built-in function and every name of the library in a case?"""
import glob
import os
import re

import training

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

# Why a name is in none.
NOT_COMPARED = {
    "known when compiling: no tensor": "shape ndim dtype size numel weight_dtype is_zero has_batch require per_axis init_shape fan_in fan_out",
    "random numbers: PyTorch's in distribution alone (training.py compares the initialisers' statistics; "
    "tests/library the rest)": "rand randn rand_like randn_like randint bernoulli uniform normal",
    "in every case": "grad",
    "files: tests/numpy.sh": "load",
    "torchvision's, which nothing here needs: tests/images.sh": "random_horizontal_flip random_vertical_flip random_crop "
    "random_shift gaussian_noise normalize make_grid",
    "no names of PyTorch's: helpers of others": "class_axis mean_counted bounded_log conv_input kaiming_std "
    "rnn_step lstm_step gru_step recurrent_first recurrent_turn recurrent_way recurrent_add recurrent_dropout",
}


def names():
    """(name, file) of everything there is."""
    with open(os.path.join(TREE, "frontend", "builtins.c")) as file:
        for name in re.findall(r'^    \{"([a-z0-9_]+)",', file.read(), re.M):
            yield name, "frontend/builtins.c"
    for path in sorted(glob.glob(os.path.join(TREE, "lib", "std", "*.dsl"))):
        helper = False
        with open(path) as file:
            for line in file:
                helper = helper or line.startswith("# Helper of:")
                found = re.match(r"(?:def|module|optimizer) ([a-z0-9_]+)\(", line)
                if found and not helper:
                    yield found.group(1), os.path.basename(path)
                helper = helper and not found


def missing(cases):
    text = "\n".join(c["setup"] + "\n" + c["text"] for c in cases) + training.text()
    excused = " ".join(NOT_COMPARED.values()).split()
    found = [(name, file) for name, file in names()
             if not re.search(r"\b%s\(" % name, text) and name not in excused]
    for name, file in found:
        print("%s (%s) is compared with nothing: add a case, or say why not in coverage.py" % (name, file))
    return found
