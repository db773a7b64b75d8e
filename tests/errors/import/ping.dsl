import "pong.dsl"
