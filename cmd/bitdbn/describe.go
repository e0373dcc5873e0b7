package main

import (
	"fmt"
	"strings"

	"github.com/bitdbn/bitdbn/dbn"
	"github.com/bitdbn/bitdbn/mlp"
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

// describeUpDown says how a network is fine-tuned by the up-down algorithm.
func describeUpDown(o *dbn.UpDownOptions) string {
	text := fmt.Sprintf("%s, directed-lr %v", describeOptions(&o.Options), o.Directed)
	if o.Persistent && o.Contrastive {
		text += ", contrastive"
	}
	return text + describeMean(o.AverageFrom)
}

// describeBackprop says how a classifier is trained.
func describeBackprop(o *mlp.Options) string {
	text := fmt.Sprintf("%d epochs in batches of %d, lr %v, momentum %v, l2 %v, input-dropout %v, dropout %v",
		o.Epochs, o.Batch, o.LearningRate, o.Momentum, o.L2, o.InputDropout, o.Dropout)
	return text + describeMean(o.AverageFrom)
}

// describeMean says from which epoch on a model is a mean, if it is one.
func describeMean(from int) string {
	if from == 0 {
		return ""
	}
	return fmt.Sprintf(", average-from %d", from)
}
