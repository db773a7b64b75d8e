# Classes where scores are expected: argmax would go over the batch.
input x: f32[batch, 3]
input label: i64[batch]
class = argmax(x, axis = -1)
metric hits = accuracy(class, label)
metric top = topk_accuracy(class, label, k = 2)
metric conf = confusion_matrix(class, label)
loss = cross_entropy(x, one_hot(label, 3))
data train { x = randn(4, 3)
             label = randint(0, 3, 4) }
train { minimize loss with sgd() }
#! scores_without_classes.dsl:5:15: error: the scores are i64[batch], the labels i64[batch]: scores have an axis more, for the classes
#!     5 | metric hits = accuracy(class, label)
#!       |               ^~~~~~~~~~~~~~~~~~~~~~
#! scores_without_classes.dsl:6:14: error: the scores are i64[batch], the labels i64[batch]: scores have an axis more, for the classes
#!     6 | metric top = topk_accuracy(class, label, k = 2)
#!       |              ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! scores_without_classes.dsl:7:15: error: the scores are i64[batch], the labels i64[batch]: scores have an axis more, for the classes
#!     7 | metric conf = confusion_matrix(class, label)
#!       |               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! scores_without_classes.dsl:8:8: error: the scores are f32[batch, 3], the labels i64[batch, 3]: scores have an axis more, for the classes
#!     8 | loss = cross_entropy(x, one_hot(label, 3))
#!       |        ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! 4 errors
