/* foreign.c -- what to write in the place of words that PyTorch and Python have.
 *
 *     x = torch.tensor([1.0])    error: unknown name 'torch'
 *                                no prefix is needed: torch.relu(x) is relu(x)
 *
 * Only for messages: a word gets here where nothing of the program has that name. */
#include "frontend/foreign.h"

#include <stddef.h>
#include <string.h>

#define NO_PREFIX  "no prefix is needed: torch.relu(x) is relu(x), nn.Linear(3, 4) is linear(4)"
#define DTYPE_CALL "a dtype's name converts: f64(x), i32(x)"
#define A_LIST     "a list is a tensor: [1.0, 2.0], or f64([1.0, 2.0]) for another dtype"
#define NO_DEVICE  "programs run on the CPU: leave it out"
#define GRADIENTS  "gradients are expressions: g = grad(loss, w)"
#define LEARNED    "what is learned is declared: param w = [1.0, 2.0]"
#define CHAIN      "layers stand in a row: x |> linear(64) |> relu |> linear(10)"
#define SEED       "the seed is an option of the program: ./model --seed 1"

/* clang-format off */
static const struct {
    const char *word, *mend;
} words[] = {
    {"torch", NO_PREFIX}, {"nn", NO_PREFIX}, {"F", NO_PREFIX}, {"np", NO_PREFIX},
    {"math", "no prefix is needed: math.sqrt(2) is sqrt(2)"},
    {"optim", "write minimize loss with adam(lr = 1e-3) in the train block"},

    {"tensor", A_LIST}, {"Tensor", A_LIST}, {"array", A_LIST}, {"as_tensor", A_LIST},
    {"from_numpy", "write load(\"x.npy\")"},
    {"numpy", "write save \"x.npy\", x"}, {"tolist", "print shows it: leave it out"},
    {"item", "a tensor of one element is a number already: leave it out"},
    {"clone", "nothing is changed in place: leave it out"},
    {"copy", "nothing is changed in place: leave it out"},
    {"cuda", NO_DEVICE}, {"cpu", NO_DEVICE}, {"device", NO_DEVICE},
    {"newaxis", "write none, as in x[none, :], or unsqueeze(x, axis)"},

    {"to", DTYPE_CALL}, {"type", DTYPE_CALL}, {"astype", DTYPE_CALL},
    {"float", "write f32(x)"}, {"double", "write f64(x)"}, {"half", "write f16(x)"},
    {"bfloat16", "write bf16"}, {"long", "write i64(x)"}, {"int", "write i32(x)"},
    {"short", "write i16(x)"}, {"byte", "write u8(x)"},
    {"float16", "write f16"}, {"float32", "write f32"}, {"float64", "write f64"},
    {"int8", "write i8"}, {"int16", "write i16"}, {"int32", "write i32"}, {"int64", "write i64"},
    {"uint8", "write u8"}, {"str", "print shows several items: print \"loss\", loss"},

    {"backward", GRADIENTS}, {"autograd", GRADIENTS}, {"grad_fn", GRADIENTS},
    {"grad", "write grad(loss, w)"},
    {"zero_grad", "gradients are values, nothing has to be cleared: leave it out"},
    {"no_grad", "detach(x) stops gradients at x; what needs none computes none"},
    {"requires_grad", LEARNED}, {"requires_grad_", LEARNED}, {"Parameter", LEARNED},
    {"parameters", "minimize loss with adam(lr = 1e-3) learns all parameters"},

    {"Sequential", CHAIN}, {"ModuleList", "write a list of layers: [linear(8), linear(8)]"},
    {"ReLU", "write relu"}, {"GELU", "write gelu"}, {"SiLU", "write silu"}, {"ELU", "write elu"},
    {"LeakyReLU", "write leaky_relu"}, {"Softmax", "write softmax(x, axis = -1)"},
    {"LogSoftmax", "write log_softmax(x, axis = -1)"},
    {"LayerNorm", "write layernorm()"}, {"GroupNorm", "write groupnorm(groups)"},
    {"MaxPool2d", "write maxpool2d(kernel)"}, {"AvgPool2d", "write avgpool2d(kernel)"},
    {"MSELoss", "write mse_loss(prediction, target)"},
    {"L1Loss", "write l1_loss(prediction, target)"},
    {"NLLLoss", "write nll_loss(log_probabilities, label)"},
    {"CrossEntropyLoss", "write cross_entropy(logits, label)"},
    {"BCELoss", "write bce_loss(probability, target)"},
    {"BCEWithLogitsLoss", "write bce_with_logits(logits, target)"},
    {"HuberLoss", "write huber_loss(prediction, target)"},
    {"DataLoader", "write a data block; batch = and shuffle = stand in the train block"},
    {"batch_size", "write batch = 32"}, {"learning_rate", "write lr ="}, {"num_epochs", "write epochs ="},
    {"manual_seed", SEED}, {"seed", SEED},

    {"range", "write 0..3, as in for i in 0..3"}, {"mm", "write a @ b"}, {"bmm", "write a @ b"}, {"mv", "write a @ b"},
    {"self", "members need no prefix: fc = linear(8) in the module, then fc(x)"},
    {"super", "a module has nothing to inherit: leave it out"},
    {"pass", "leave it out"},

    /* The first word of a statement. */
    {"lambda", "there is no lambda: write def f(x) = x * 2"}, {"elif", "write 'else if'"},
    {"while", "loops count: for i in 0..n"}, {"class", "write a module"},
    {"let", "write the assignment alone"}, {"var", "write the assignment alone"},
    {"from", "all functions are there without import; a file of your own: import \"layers.dsl\""},
    {"assert", "write y = require(x, condition, \"what is wrong\")"},
    {"del", "leave it out: memory is planned when compiling"},
    {"function", "write def"}, {"func", "write def"}, {"fn", "write def"},
};
/* clang-format on */

const char *foreign_mend(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].mend;
    return NULL;
}
