package dataset

import "fmt"

// validPart is how many training rows there are for each one of Valid.
const validPart = 6

// of leaves, of the training rows that set holds, those of s.
func (s Split) of(set *Set) error {
	if s != Fit && s != Valid {
		return nil
	}
	all := set.Rows
	valid := all / validPart
	if valid == 0 {
		return problemf(ErrEmpty, set.Name, "%s, expected %d or more to take the split %v of", plural(all, "row"), validPart, s)
	}
	if s == Fit {
		set.keep(0, all-valid)
		set.Notes = append(set.Notes, fmt.Sprintf("the first of %d", all))
	} else {
		set.keep(all-valid, all)
		set.Notes = append(set.Notes, fmt.Sprintf("the last of %d", all))
	}
	return nil
}

// keep leaves rows lo to hi-1. Classes stay those of all rows.
func (s *Set) keep(lo, hi int) {
	s.Rows = hi - lo
	if s.Bits != nil {
		bits := s.Bits.Slice(lo, hi)
		s.Bits = &bits
	}
	if s.Grey != nil {
		s.Grey = s.Grey[lo*s.Cols : hi*s.Cols : hi*s.Cols]
	}
	if s.Labels != nil {
		s.Labels = s.Labels[lo:hi:hi]
	}
}
