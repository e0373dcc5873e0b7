package dataset

import "math"

// Array is an array of numbers that are not units, such as the weights of a
// model.
type Array struct {
	Name   string
	Shape  []int
	Values []float32 // the last index is the fastest
}

// ReadArrays returns the arrays of floats in an NPZ file for whose names want
// is true. A value that is not finite as a float32 is an error, which wraps
// ErrValue.
func ReadArrays(path string, want func(name string) bool) ([]Array, error) {
	src, closer, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	members, err := listNPZ(src)
	if err != nil {
		return nil, err
	}
	var arrays []Array
	for _, m := range members {
		if !want(m.name) {
			continue
		}
		if m.err != nil {
			return nil, m.err
		}
		c := &collector{Array: Array{Name: m.name}}
		if err := m.read(src, c.read); err != nil {
			return nil, err
		}
		arrays = append(arrays, c.Array)
	}
	return arrays, nil
}

// collector receives the elements of an array.
type collector struct {
	Array
	file string
}

func (c *collector) read(src *source, a array) error {
	n, err := a.check(src)
	if err != nil {
		return err
	}
	for _, d := range a.shape {
		c.Shape = append(c.Shape, int(d))
	}
	c.file = src.name
	if err := a.stream(src, n, c); err != nil {
		return err
	}
	if a.columnMajor {
		in := c.Values
		c.Values = make([]float32, len(in))
		for i, v := range in {
			c.Values[lastFastest(i, c.Shape)] = v
		}
	}
	return nil
}

func (c *collector) bytes(b []byte) error {
	for _, v := range b {
		c.Values = append(c.Values, float32(v))
	}
	return nil
}

func (c *collector) floats(values []float64) error {
	for _, v := range values {
		f := float32(v)
		if math.IsNaN(v) || math.IsInf(float64(f), 0) {
			return problemf(ErrValue, c.file, "element %s: found %v, expected a finite float32", zeroBased(len(c.Values)), v)
		}
		c.Values = append(c.Values, f)
	}
	return nil
}
