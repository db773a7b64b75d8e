torch.manual_seed(0)
#! pytorch_random_seed.dsl:1:1: error: this value is not used
#!     1 | torch.manual_seed(0)
#!       | ^~~~~~~~~~~~~~~~~~~~ the seed is an option of the program: ./model --seed 1
