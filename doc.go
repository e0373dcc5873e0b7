// Package bitdbn is the fast path of a trainer of restricted Boltzmann
// machines: packed bits, packed fixed-point weights, and the products between
// them.
package bitdbn
