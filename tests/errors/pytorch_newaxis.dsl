x = zeros(3)
print x[:, np.newaxis]
#! pytorch_newaxis.dsl:2:12: error: unknown name 'np'
#!     2 | print x[:, np.newaxis]
#!       |            ^~ no prefix is needed: torch.relu(x) is relu(x), nn.Linear(3, 4) is linear(4)
