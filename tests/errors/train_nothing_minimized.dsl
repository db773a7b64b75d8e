train {
    batch = 3
}
#! train_nothing_minimized.dsl:1:1: error: nothing is minimized here
#!     1 | train {
#!       | ^~~~~ minimize loss with sgd()
