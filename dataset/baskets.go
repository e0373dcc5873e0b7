package dataset

import (
	"bytes"
	"slices"
)

// baskets reads the format of the FIMI repository: the items of a basket on
// each line, numbers from 0 in any order, with blanks between them. An item that
// is there twice is there once.
//
// See http://fimi.uantwerpen.be/data.
type baskets struct {
	sparseLines
}

func readBaskets(src *source, o *Options, set *Set) error {
	b := &baskets{sparseLines{o: o, what: "item"}}
	b.parse, b.keep = b.basket, func() error { return nil }
	return b.table(src, set)
}

// basket leaves the items of a line in the row.
func (b *baskets) basket(line []byte) (data bool, err error) {
	for f := fieldsOf(line, spaces); ; {
		field, ok, _ := f.next()
		if !ok {
			break
		}
		column, err := b.column(field)
		if err != nil {
			return false, err
		}
		b.row = append(b.row, unit{column, 1})
	}
	b.sort()
	b.row = slices.Compact(b.row)
	return len(b.row) > 0, nil
}

// looksLikeBaskets reports whether lines are baskets rather than the rows of a
// table: whole numbers, some above 1, none twice on a line, and not as many on
// each. A damaged table of 0 and 1, of counts or of grey levels has numbers
// that repeat.
func looksLikeBaskets(lines [][]byte) bool {
	first, ragged, large := 0, false, false
	seen := map[string]bool{}
	for _, line := range lines {
		clear(seen)
		for f := fieldsOf(line, spaces); ; {
			field, ok, _ := f.next()
			if !ok {
				break
			}
			item := bytes.TrimLeft(field, "0")
			if len(bytes.Trim(field, "0123456789")) > 0 || seen[string(item)] {
				return false
			}
			seen[string(item)] = true
			large = large || len(item) > 1 || len(item) == 1 && item[0] > '1'
		}
		switch n := len(seen); {
		case n == 0:
		case first == 0:
			first = n
		default:
			ragged = ragged || n != first
		}
	}
	return ragged && large
}
