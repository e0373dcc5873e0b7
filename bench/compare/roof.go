package main

// roof is what a core can do at most at a level, a second.
type roof struct{ fma, load float64 }

// measureRoofs asks for the most of several measurements.
func (c *comparison) measureRoofs() error {
	for _, level := range levels() {
		var r roof
		for range 5 {
			for request, most := range map[string]*float64{"fma " + level: &r.fma, "load " + level: &r.load} {
				v, err := c.peers["roof"].number(request)
				if err != nil {
					return err
				}
				*most = max(*most, v)
			}
		}
		c.roofs[level] = r
	}
	return nil
}
