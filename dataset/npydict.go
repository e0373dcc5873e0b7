package dataset

import (
	"strconv"
	"strings"
)

// dictParser parses the dict of an NPY header:
//
//	{'descr': '<f4', 'fortran_order': False, 'shape': (40, 16), }
//
// with the keys in any order, each exactly once. Nothing else is Python here.
type dictParser struct {
	name string // of the file
	all  string
	rest string
}

// parseNPYDict returns the array that the dict describes.
func parseNPYDict(name, dict string) (array, error) {
	p := &dictParser{name: name, all: dict, rest: dict}
	var a array
	seen := map[string]bool{}
	if err := p.expect("{"); err != nil {
		return a, err
	}
	for !p.take("}") {
		key, err := p.text()
		if err != nil {
			return a, err
		}
		if seen[key] {
			return a, p.wrong("the key %s twice", show(key))
		}
		seen[key] = true
		if err := p.expect(":"); err != nil {
			return a, err
		}
		if err := p.value(key, &a); err != nil {
			return a, err
		}
		if !p.take(",") && !p.at("}") {
			return a, p.wrong("%s, expected a comma or }", p.next())
		}
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return a, p.wrong("no key %s", key)
		}
	}
	if p.skip(); p.rest != "" {
		return a, p.wrong("%s after the dict", p.next())
	}
	return a, nil
}

// value parses the value of key into a.
func (p *dictParser) value(key string, a *array) (err error) {
	switch key {
	case "descr":
		if p.at("[") {
			return p.wrong("structured elements %s, expected one number each", show(strings.TrimSpace(p.rest)))
		}
		descr, err := p.text()
		if err != nil {
			return err
		}
		a.elem, err = npyElement(p.name, descr)
		return err
	case "fortran_order":
		a.columnMajor = p.take("True")
		if !a.columnMajor && !p.take("False") {
			return p.wrong("fortran_order %s, expected True or False", p.next())
		}
		return nil
	case "shape":
		a.shape, err = p.tuple()
		return err
	}
	return p.wrong("an unknown key %s", show(key))
}

// tuple parses (), (n,), (n, m) and so on.
func (p *dictParser) tuple() ([]uint64, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var dims []uint64
	comma := true
	for !p.take(")") {
		if !comma {
			return nil, p.wrong("%s in the shape, expected a comma", p.next())
		}
		n, err := p.dimension()
		if err != nil {
			return nil, err
		}
		dims = append(dims, n)
		comma = p.take(",")
	}
	if len(dims) == 1 && !comma {
		return nil, p.wrong("a shape that is not a tuple")
	}
	return dims, nil
}

// dimension parses a number of digits, with the L that Python 2 wrote after
// long integers.
func (p *dictParser) dimension() (uint64, error) {
	p.skip()
	n := 0
	for n < len(p.rest) && '0' <= p.rest[n] && p.rest[n] <= '9' {
		n++
	}
	d, err := strconv.ParseUint(p.rest[:n], 10, 63)
	if err != nil {
		return 0, p.wrong("%s in the shape, expected a whole number", p.next())
	}
	p.rest = strings.TrimPrefix(p.rest[n:], "L")
	return d, nil
}

// text parses a string in single or double quotes, without escapes.
func (p *dictParser) text() (string, error) {
	p.skip()
	if p.rest == "" || p.rest[0] != '\'' && p.rest[0] != '"' {
		return "", p.wrong("%s, expected a string", p.next())
	}
	text, rest, closed := strings.Cut(p.rest[1:], p.rest[:1])
	if !closed || strings.ContainsRune(text, '\\') {
		return "", p.wrong("%s, expected a plain string", p.next())
	}
	p.rest = rest
	return text, nil
}

func (p *dictParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *dictParser) at(token string) bool {
	p.skip()
	return strings.HasPrefix(p.rest, token)
}

func (p *dictParser) take(token string) bool {
	if !p.at(token) {
		return false
	}
	p.rest = p.rest[len(token):]
	return true
}

func (p *dictParser) expect(token string) error {
	if !p.take(token) {
		return p.wrong("%s, expected %s", p.next(), token)
	}
	return nil
}

// next shows what comes next.
func (p *dictParser) next() string {
	if p.skip(); p.rest == "" {
		return "the end"
	}
	return show(strings.TrimSpace(p.rest))
}

func (p *dictParser) wrong(format string, args ...any) error {
	return problemf(ErrFormat, p.name, "NPY header, at byte "+strconv.Itoa(len(p.all)-len(p.rest))+" of its dict: "+format, args...)
}
