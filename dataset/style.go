package dataset

// style is how a text writes a row.
type style struct {
	sep   byte
	comma bool // numbers have decimal commas
}

// styles are all that a text can have without being told, the likelier ones
// first.
var styles = []style{
	{'\t', false}, {',', false}, {';', false}, {'|', false}, {spaces, false},
	{'\t', true}, {';', true}, {'|', true}, {spaces, true},
}

// value returns the number that a field writes.
func (s style) value(field []byte) (v float64, ok bool) {
	if s.comma {
		return parseDecimal(field)
	}
	return parseValue(field)
}

// styleOf returns the style, of those that the options leave, in which the lines
// read best: with the most numbers, less the other fields, so that blanks and
// commas inside of names do not count for much. Without a separator in any of
// the lines they have a single column.
func styleOf(lines [][]byte, o *Options) style {
	best := style{sep: spaces, comma: o.Decimal == DecimalComma}
	if o.Separator != SeparatorAuto {
		best.sep = separatorBytes[o.Separator]
	}
	most, found := 0, false
	for _, s := range styles {
		if !o.leaves(s) {
			continue
		}
		score, fits := s.score(lines)
		if fits && (!found || score > most) {
			best, most, found = s, score, true
		}
	}
	return best
}

// leaves reports whether the options leave the style open.
func (o *Options) leaves(s style) bool {
	return (o.Separator == SeparatorAuto || s.sep == separatorBytes[o.Separator]) &&
		(o.Decimal == DecimalAuto || s.comma == (o.Decimal == DecimalComma))
}

// score returns the number of values in lines less that of the other fields,
// missing values aside, and whether the style can be theirs: it divides one,
// and with decimal commas each, a header excepted.
func (s style) score(lines [][]byte) (score int, fits bool) {
	const longest = 64 // bytes of a number, beyond which it is not worth a look
	single := 0        // lines
	for i, line := range lines {
		fields, values := 0, 0
		for f := fieldsOf(line, s.sep); ; fields++ {
			field, ok, err := f.next()
			if err != nil { // a quote, which is for the reader to explain
				score, fits = score-len(f.rest), true
				break
			}
			if !ok {
				break
			}
			number := false
			if len(field) <= longest {
				_, number = s.value(field)
			}
			if number {
				values++
				score++
			} else if !isMissing(field) {
				score--
			}
		}
		if fields < 2 && (i > 0 || values > 0) {
			single++
		}
		fits = fits || fields > 1
	}
	return score, fits && (!s.comma || single == 0)
}
