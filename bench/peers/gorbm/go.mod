module github.com/bitdbn/bitdbn/bench/peers/gorbm

go 1.26.0

require github.com/r9y9/nnet v0.0.0-20140904004014-ae78c1325801
