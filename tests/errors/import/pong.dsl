import "ping.dsl"
