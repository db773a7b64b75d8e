"""pictures.py -- what alexnet.py and resnet18.py share: their data, and sizes as the compiler's options say."""
import numpy as np

from common import constant

IMAGE = constant("image", 224)
CLASSES = constant("classes", 1000)


def pictures(split, samples=256):
    """waves() of alexnet.dsl and resnet18.dsl."""
    if split == "valid":
        return None
    draw = np.random.RandomState(1 if split == "test" else 0)
    n = 64 if split == "test" else samples
    label = draw.randint(0, CLASSES, n)
    turns = (label + 1)[:, None] * np.arange(IMAGE) / IMAGE + draw.rand(n, 1)
    waves = np.sin(2 * np.pi * turns).reshape(n, 1, 1, IMAGE)
    picture = waves + 0.5 * draw.standard_normal((n, 3, IMAGE, IMAGE))
    return {"picture": picture.astype(np.float32), "label": label}
