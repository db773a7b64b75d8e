input x: f32[batch, 3]
fc = nn.Linear(3, 4)
output y = fc(x)
#! pytorch_nn_linear.dsl:2:6: error: unknown name 'nn'
#!     2 | fc = nn.Linear(3, 4)
#!       |      ^~ no prefix is needed: torch.relu(x) is relu(x), nn.Linear(3, 4) is linear(4)
