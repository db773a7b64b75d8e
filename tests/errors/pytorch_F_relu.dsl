print F.relu([1.0])
#! pytorch_F_relu.dsl:1:7: error: unknown name 'F'
#!     1 | print F.relu([1.0])
#!       |       ^ no prefix is needed: torch.relu(x) is relu(x), nn.Linear(3, 4) is linear(4)
