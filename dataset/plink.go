package dataset

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	bedMagic    = "\x6c\x1b"
	plinkFields = 6 // of a line of a .bim or .fam file, and before the genotypes of .raw
)

// bed reads the binary genotypes of PLINK: individuals, listed in a .fam file
// of the same name, become rows, and SNPs, listed in a .bim file, columns. A
// unit is 1 for carriers of allele 1, with one copy of it or two.
//
// See https://www.cog-genomics.org/plink/1.9/formats#bed.
type bed struct {
	src         *source
	individuals []string
	snps        []string
}

// The codes of genotypes, two bits each, the first in the lowest bits.
const (
	bedTwo     = iota // copies of allele 1
	bedMissing        // not known
	bedOne
	bedNone
)

const carriersNote = "1 for carriers of allele 1, one copy or two"

func readBED(src *source, o *Options, set *Set) (err error) {
	b := &bed{src: src}
	if err := b.header(); err != nil {
		return err
	}
	if b.individuals, err = plinkNames(src.name, ".fam", func(f []string) string { return f[0] + " " + f[1] }); err != nil {
		return err
	}
	if b.snps, err = plinkNames(src.name, ".bim", func(f []string) string { return f[1] }); err != nil {
		return err
	}
	n := len(b.individuals)
	what := fmt.Sprintf("%d SNPs of the .bim file of %d individuals of the .fam file", len(b.snps), n)
	if err := src.holds(uint64(len(b.snps))*uint64((n+3)/4), what); err != nil {
		return err
	}
	s := newSink(src, o, n, boolScale)
	s.place = func(snp, i int) string {
		return fmt.Sprintf("individual %s, SNP %s", show(b.individuals[i]), show(b.snps[snp]))
	}
	if err := b.genotypes(s); err != nil {
		return err
	}
	if err := src.end(what); err != nil {
		return err
	}
	set.Shape = []int{len(b.snps)}
	set.Notes = append(set.Notes, carriersNote)
	return s.transposed(set, func(snp int) int { return snp })
}

// header reads the magic number and the byte for the order.
func (b *bed) header() error {
	head := make([]byte, 3)
	if err := b.src.full(head, "the BED header"); err != nil {
		return err
	}
	switch {
	case string(head[:2]) != bedMagic:
		return problemf(ErrFormat, b.src.name, "not a PLINK BED file: it starts with %s, expected %s", startOf(head), show(bedMagic+"\x01"))
	case head[2] == 0:
		return problemf(ErrFormat, b.src.name, "genotypes by individual, expected by SNP (plink --make-bed writes them so)")
	case head[2] != 1:
		return problemf(ErrFormat, b.src.name, "an order of %d, expected 1, by SNP", head[2])
	}
	return nil
}

// genotypes reads SNP after SNP, each of which starts in a new byte.
func (b *bed) genotypes(s *sink) error {
	n := len(b.individuals)
	packed, units := make([]byte, (n+3)/4), make([]byte, n)
	for snp := range b.snps {
		if err := b.src.full(packed, "the genotypes"); err != nil {
			return err
		}
		for i := range units {
			code := packed[i/4] >> (2 * (i % 4)) & 3
			if code == bedMissing {
				return missingGenotype(b.src.name, s.place(snp, i))
			}
			units[i] = 0
			if code != bedNone {
				units[i] = 1
			}
		}
		if err := s.bytes(units); err != nil {
			return err
		}
	}
	return nil
}

// missingGenotype returns the error for a genotype at place that is not known.
func missingGenotype(name, place string) error {
	return problemf(ErrValue, name, "%s: a missing genotype, expected one that is known (impute them, or leave out with plink --geno 0 the SNPs that have some, with --mind 0 the individuals)", place)
}

// plinkNames reads from the file beside bed with the suffix given, gzipped or
// not, a name from each line.
func plinkNames(bed, suffix string, nameOf func([]string) string) ([]string, error) {
	path := strings.TrimSuffix(bed, ".gz")
	path = strings.TrimSuffix(path, ".bed") + suffix
	if _, err := os.Stat(path); err != nil {
		if _, err := os.Stat(path + ".gz"); err == nil {
			path += ".gz"
		}
	}
	if _, err := os.Stat(path); err != nil {
		p := problemf(ErrOpen, bed, "a PLINK BED file needs its .bim and .fam files beside it, and %s is not there", path)
		p.cause = fs.ErrNotExist
		return nil, p
	}
	src, file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in, err := newLines(src)
	if err != nil {
		return nil, err
	}
	var names []string
	for {
		line, err := in.next()
		if err == io.EOF && len(names) == 0 {
			return nil, problemf(ErrEmpty, path, "no lines")
		}
		if err == io.EOF {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		f := strings.Fields(string(line))
		if len(f) != plinkFields {
			return nil, problemf(ErrFormat, path, "line %d: %s, expected %d", in.number, plural(len(f), "field"), plinkFields)
		}
		names = append(names, nameOf(f))
	}
}

// plinkRaw is what a table of genotypes needs that plink --recode A wrote: text
// with a header, six columns about each individual, and the number of copies of
// allele 1 for each SNP.
type plinkRaw struct {
	columns            []string // their names
	family, individual string   // of the row
}

// plinkHeader returns the plinkRaw for a header line, or nil if it is another
// program's.
func plinkHeader(line []byte) *plinkRaw {
	names := strings.Fields(string(line))
	if len(names) <= plinkFields || strings.Join(names[:plinkFields], " ") != "FID IID PAT MAT SEX PHENOTYPE" {
		return nil
	}
	return &plinkRaw{columns: names}
}

// note keeps field i of a row if it is part of the individual's name.
func (p *plinkRaw) note(i int, field []byte) {
	switch i {
	case 0:
		p.family = string(field)
	case 1:
		p.individual = string(field)
	}
}

// carrier returns 1 if field i of a row of t is 1 or 2 copies, 0 if it is 0.
func (p *plinkRaw) carrier(t *text, i int, field []byte) (float64, error) {
	switch string(field) {
	case "0":
		return 0, nil
	case "1", "2":
		return 1, nil
	}
	snp := "of no name"
	if i < len(p.columns) {
		snp = show(p.columns[i])
	}
	place := fmt.Sprintf("%s, individual %s, SNP %s", t.place(i), show(p.family+" "+p.individual), snp)
	if isMissing(field) {
		return 0, missingGenotype(t.src.name, place)
	}
	return 0, problemf(ErrValue, t.src.name, "%s: found %s, expected 0, 1 or 2 copies", place, show(field))
}
