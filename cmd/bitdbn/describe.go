package main

import (
	"fmt"
	"strings"

	"github.com/bitdbn/bitdbn/rbm"
)

// describeOptions says how a machine is trained, in the words of the flags.
func describeOptions(o *rbm.Options) string {
	parts := []string{fmt.Sprintf("CD-%v", o.GibbsSteps)}
	if o.Persistent {
		parts = []string{fmt.Sprintf("PCD-%v, %d chains", o.GibbsSteps, o.Chains)}
		if o.Temperatures > 1 {
			parts = append(parts, fmt.Sprintf("%d temperatures", o.Temperatures))
		}
	}
	if o.Center {
		parts = append(parts, "centred")
	}
	parts = append(parts, fmt.Sprintf("%d epochs in batches of %d", o.Epochs, o.Batch),
		fmt.Sprintf("lr %v", o.LearningRate), fmt.Sprintf("momentum %v", o.Momentum), fmt.Sprintf("l2 %v", o.L2))
	if o.L1 > 0 {
		parts = append(parts, fmt.Sprintf("l1 %v", o.L1))
	}
	if o.SparsityCost > 0 {
		parts = append(parts, fmt.Sprintf("sparsity %v at a cost of %v", o.SparsityTarget, o.SparsityCost))
	}
	return strings.Join(parts, ", ")
}
