"""library.py -- the standard library: activations, losses, metrics, layers, images, schedules."""
import torch
import torch.nn.functional as F

from harness import case, draw

B = "batch"


def activations():
    rows = [("relu(x)", F.relu), ("relu6(x)", F.relu6), ("leaky_relu(x)", F.leaky_relu), ("leaky_relu(x, 0.2)", lambda x: F.leaky_relu(x, 0.2)),
            ("elu(x)", F.elu), ("elu(x, 0.5)", lambda x: F.elu(x, 0.5)), ("selu(x)", F.selu), ("gelu(x)", F.gelu), ("silu(x)", F.silu),
            ("softplus(x)", F.softplus), ("logsigmoid(x)", F.logsigmoid), ("mish(x)", F.mish), ("softsign(x)", F.softsign),
            ("hardtanh(x)", F.hardtanh), ("normal_cdf(x)", torch.special.ndtr), ("erfinv(0.4 * x)", lambda x: torch.erfinv(0.4 * x))]
    for text, f in rows:
        for dtype in ["f32", "f64"]:
            for shape in [(7,), (B, 3), (2, 1, 3)]:
                case("%s of %s%s" % (text, dtype, list(shape)), text, f, tolerance=4, second=text not in ("relu6(x)", "mish(x)"),
                     x=draw(dtype, shape, 21))
    for name, f in [("softmax", F.softmax), ("log_softmax", F.log_softmax)]:
        for axis in [0, 1, -1]:
            for shape in [(B, 4), (3, 4, 2)]:
                case("%s(x, %d) of %s" % (name, axis, list(shape)), "%s(x, %d)" % (name, axis), lambda x, f=f, a=axis: f(x, dim=a),
                     tolerance=2, x=draw("f32", shape, 22))


def losses():
    for shape in [(B, 3), (7,), (2, 3, 4)]:
        for dtype in ["f32", "f64"]:
            p, t = draw(dtype, shape, 31), draw(dtype, shape, 32)
            for text, f in [("mse_loss(p, t)", F.mse_loss), ("l1_loss(p, t)", F.l1_loss), ("huber_loss(p, t)", F.huber_loss),
                            ("huber_loss(p, t, delta = 0.5)", lambda p, t: F.huber_loss(p, t, delta=0.5)),
                            ("mae(p, t)", F.l1_loss), ("rmse(p, t)", lambda p, t: F.mse_loss(p, t).sqrt())]:
                case("%s of %s%s" % (text, dtype, list(shape)), text, lambda p, t, f=f: f(p, t), second="huber" not in text, p=p, t=t)
            q, u = draw(dtype, shape, 33, 0.1, 0.9), draw(dtype, shape, 34, 0.1, 0.9)
            case("bce_with_logits of %s%s" % (dtype, list(shape)), "bce_with_logits(p, detach(t))",
                 lambda p, t: F.binary_cross_entropy_with_logits(p, t.detach()), second=False, tolerance=2, p=p, t=u)
            case("bce_loss of %s%s" % (dtype, list(shape)), "bce_loss(p, detach(t))", lambda p, t: F.binary_cross_entropy(p, t.detach()),
                 second=False, tolerance=2, p=q, t=u)
            if shape[0] == B:
                case("kl_div of " + dtype, "kl_div(log(p), t)", lambda p, t: F.kl_div(p.log(), t, reduction="batchmean"), tolerance=2, p=q, t=u)
    labels, planes = draw("i64", (B,), 35, 0, 0.7), draw("i64", (B, 4), 36, 0, 0.7)
    for dtype in ["f32", "f64"]:
        s, d = draw(dtype, (B, 3), 37), draw(dtype, (B, 3, 4), 38)
        for tail, how in [("", {}), (", label_smoothing = 0.1", {"label_smoothing": 0.1}), (", ignore_index = 1", {"ignore_index": 1}),
                          (", ignore_index = 0, label_smoothing = 0.2", {"ignore_index": 0, "label_smoothing": 0.2})]:
            for x, y in [(s, labels), (d, planes)]:
                case("cross_entropy%s of %s" % (tail, x.type()), "cross_entropy(x, y%s)" % tail,
                     lambda x, y, how=how: F.cross_entropy(x, y, **how), tolerance=4, x=x, y=y)
        case("nll_loss of " + dtype, "nll_loss(log_softmax(x), y)", lambda x, y: F.nll_loss(x.log_softmax(1), y), tolerance=4, x=s, y=labels)
        case("nll_loss ignoring of " + dtype, "nll_loss(x, y, ignore_index = 2)", lambda x, y: F.nll_loss(x, y, ignore_index=2), x=d, y=planes)
        case("accuracy of " + dtype, "accuracy(x, y)", lambda x, y: (x.argmax(1) == y).to(torch.float32).mean(), grads=False, wide=False, x=s, y=labels)
        case("perplexity of " + dtype, "perplexity(x, y)", lambda x, y: F.cross_entropy(x, y).exp(), tolerance=4, x=s, y=labels)
    case("r2", "r2(p, t)", lambda p, t: 1 - ((t - p) ** 2).sum() / ((t - t.mean()) ** 2).sum(), grads=False, tolerance=4,
         p=draw("f32", (B,), 39), t=draw("f32", (B,), 40))


def drawn(module, seed):
    """The module with weights that are no zeros or ones, and variances above zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for k, v in list(module.named_parameters()) + list(module.named_buffers()):
            if v.is_floating_point():
                v.copy_(torch.rand(v.shape, generator=generator) * (1 if "var" in k else 2) + (0.5 if "var" in k else -1))
    return module.eval()


def layer(text, module, x, tolerance=4, **how):
    case("%s of %s" % (text, x.type()), "m(x)", lambda x, module: module(x), setup="m = " + text, module=drawn(module, len(text)),
         layer="m", tolerance=tolerance, x=x, **how)


def layers():
    n = torch.nn
    for shape in [(B, 3), (7, 3), (B, 2, 3), (3,)]:
        layer("linear(4)", n.Linear(3, 4), draw("f32", shape, 51))
        layer("linear(2, bias = false)", n.Linear(3, 2, bias=False), draw("f32", shape, 51))
    for shape in [(B, 7), (B, 2, 7), (3, 7)]:
        layer("layernorm()", n.LayerNorm(7), draw("f32", shape, 52))
        layer("layernorm(eps = 0.01, elementwise_affine = false)", n.LayerNorm(7, eps=0.01, elementwise_affine=False), draw("f32", shape, 53))
    layer("layernorm([2, 7])", n.LayerNorm([2, 7]), draw("f32", (B, 2, 7), 54))
    image, series = draw("f32", (B, 4, 7, 3), 55), draw("f32", (B, 4, 7), 56)
    layer("batchnorm1d()", n.BatchNorm1d(7), draw("f32", (B, 7), 57))
    layer("batchnorm1d(eps = 0.1)", n.BatchNorm1d(4, eps=0.1), series)
    layer("batchnorm2d()", n.BatchNorm2d(4), image)
    layer("batchnorm2d(affine = false)", n.BatchNorm2d(4, affine=False), image)
    layer("batchnorm2d(track_running_stats = false)", n.BatchNorm2d(4, track_running_stats=False), image)
    layer("groupnorm(2)", n.GroupNorm(2, 4), image)
    layer("groupnorm(4, eps = 0.1)", n.GroupNorm(4, 4, eps=0.1), series)
    layer("groupnorm(1, affine = false)", n.GroupNorm(1, 4, affine=False), image)
    layer("instancenorm1d(affine = true)", n.InstanceNorm1d(4, affine=True), series)
    layer("instancenorm2d()", n.InstanceNorm2d(4), image)
    layer("rmsnorm(eps = 0.01)", RMSNorm(7), draw("f32", (B, 7), 58))
    for k, s, p, d, g in [(1, 1, 0, 1, 1), (3, 1, 1, 1, 1), (3, 2, 0, 1, 2), (2, 1, 2, 2, 4), (3, 3, 1, 1, 1)]:
        how = "%d, stride = %d, padding = %d, dilation = %d, groups = %d" % (k, s, p, d, g)
        layer("conv1d(4, %s)" % how, n.Conv1d(4, 4, k, s, p, d, g), series)
        layer("conv2d(4, %s)" % how, n.Conv2d(4, 4, k, s, p, d, g), image)
        layer("conv_transpose1d(4, %s)" % how, n.ConvTranspose1d(4, 4, k, s, p, 0, g, dilation=d), series)
        layer("conv_transpose2d(4, %s)" % how, n.ConvTranspose2d(4, 4, k, s, p, 0, g, dilation=d), image)
    layer("conv2d(3, [3, 2], padding = \"same\", bias = false)", n.Conv2d(4, 3, (3, 2), padding="same", bias=False), image)
    layer("conv_transpose2d(2, 3, stride = 2, output_padding = 1)", n.ConvTranspose2d(4, 2, 3, 2, 0, 1), image)
    for name, f in [("dropout", F.dropout), ("dropout1d", F.dropout1d), ("dropout2d", F.dropout2d)]:
        x = image if name == "dropout2d" else series
        case(name, name + "(x, 0.3)", lambda x, f=f: f(x, 0.3, training=False), x=x)


class RMSNorm(torch.nn.Module):
    """torch has it since 2.4."""

    def __init__(self, n, eps=0.01):
        super().__init__()
        self.weight, self.eps = torch.nn.Parameter(torch.ones(n)), eps

    def forward(self, x):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.weight


def images():
    x, s = draw("f32", (B, 2, 7, 4), 61), draw("f32", (B, 2, 7), 62)
    w, v, b = draw("f32", (4, 2, 3, 2), 63), draw("f32", (4, 2, 3), 64), draw("f32", (4,), 65)
    t, u = draw("f32", (2, 4, 3, 2), 66), draw("f32", (2, 4, 3), 67)
    for stride, padding in [(1, 0), (2, 1)]:
        tail = "stride = %d, padding = %d" % (stride, padding)
        case("conv2d_with, " + tail, "conv2d_with(x, w, b, %s)" % tail, lambda x, w, b, s=stride, p=padding: F.conv2d(x, w, b, s, p), tolerance=4, x=x, w=w, b=b)
        case("conv1d_with, " + tail, "conv1d_with(x, w, b, %s)" % tail, lambda x, w, b, s=stride, p=padding: F.conv1d(x, w, b, s, p), tolerance=4, x=s, w=v, b=b)
        case("conv_transpose2d_with, " + tail, "conv_transpose2d_with(x, w, b, %s)" % tail,
             lambda x, w, b, s=stride, p=padding: F.conv_transpose2d(x, w, b, s, p), tolerance=4, x=x, w=t, b=b)
        case("conv_transpose1d_with, " + tail, "conv_transpose1d_with(x, w, b, %s)" % tail,
             lambda x, w, b, s=stride, p=padding: F.conv_transpose1d(x, w, b, s, p), tolerance=4, x=s, w=u, b=b)
    for k, stride, p, ceil in [(2, 2, 0, False), (3, 1, 1, False), (3, 2, 0, True)]:
        tail = "%d, stride = %d, padding = %d, ceil_mode = %s" % (k, stride, p, str(ceil).lower())
        how = dict(kernel_size=k, stride=stride, padding=p, ceil_mode=ceil)
        for name, f, y in [("max_pool1d", F.max_pool1d, s), ("maxpool1d", F.max_pool1d, s), ("avg_pool1d", F.avg_pool1d, s), ("avgpool1d", F.avg_pool1d, s),
                           ("max_pool2d", F.max_pool2d, x), ("maxpool2d", F.max_pool2d, x), ("avg_pool2d", F.avg_pool2d, x), ("avgpool2d", F.avg_pool2d, x)]:
            case("%s, %s" % (name, tail), "%s(x, %s)" % (name, tail), lambda x, f=f, how=how: f(x, **how), x=y)
    for name in ["adaptive_avgpool2d", "adaptive_avg_pool2d"]:
        for out in ["[1, 1]", "[3, 2]", "2"]:
            case("%s %s" % (name, out), "%s(x, %s)" % (name, out), lambda x, o=eval(out): F.adaptive_avg_pool2d(x, o), x=x)
    case("global_avgpool2d", "global_avgpool2d(x)", lambda x: x.mean((2, 3)), x=x)
    case("global_maxpool2d", "global_maxpool2d(x)", lambda x: x.amax((2, 3)), x=x)
    case("upsample", "upsample(x, 2)", lambda x: F.interpolate(x, scale_factor=2), x=x)
    case("unfold", "unfold(x, [3, 2], padding = 1, stride = 2)", lambda x: F.unfold(x, (3, 2), 1, 1, 2), x=x)
    case("repeat_interleave", "repeat_interleave(x, 3, -1)", lambda x: x.repeat_interleave(3, -1), x=x)


def add_all():
    for table in [activations, losses, layers, images]:
        table()
