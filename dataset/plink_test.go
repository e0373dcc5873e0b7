package dataset

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// bedBytes packs the genotypes of a table, SNP by SNP. For a 1 it writes one
// copy or two in turn; the bits that pad a byte are ones.
func bedBytes(rows, cols int, bit func(i, j int) uint8) []byte {
	b := []byte(bedMagic + "\x01")
	for j := range cols {
		for i := 0; i < rows; i += 4 {
			octet := byte(0)
			for k := range 4 {
				code := byte(bedNone)
				if i+k < rows && bit(i+k, j) == 1 {
					code = []byte{bedOne, bedTwo}[(i+k+j)%2]
				}
				octet |= code << (2 * k)
			}
			b = append(b, octet)
		}
	}
	return b
}

func famText(n int) []byte {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "F%d I%d 0 0 %d -9\n", i, i, 1+i%2)
	}
	return []byte(s.String())
}

func bimText(n int) []byte {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "1\trs%d\t0\t%d\tA\tG\n", i, 1000+i)
	}
	return []byte(s.String())
}

func TestBED(t *testing.T) {
	t.Chdir(t.TempDir())
	rows := func(n int) func(i, j int) uint8 { return func(i, j int) uint8 { return tableBit(i%n, j) } }
	whole := bedBytes(tableRows, tableCols, tableBit)
	odd := bedBytes(39, tableCols, rows(39))
	missing := append([]byte(nil), whole...)
	missing[3+10*2] = missing[3+10*2]&^0xc | bedMissing<<2 // SNP 2, individual 1
	is := func(n string) string { return n + ", " + carriersNote }
	for _, c := range []struct {
		name     string
		bed      []byte
		fam, bim []byte
		gzipped  bool
		want     string
		kind     error
		text     string
	}{
		{name: "whole.bed", bed: whole, fam: famText(40), bim: bimText(16), want: is(tableIs(""))},
		{name: "packed.bed.gz", bed: gz(whole), fam: gz(famText(40)), bim: gz(bimText(16)), gzipped: true, want: is(tableIs(""))},
		{name: "odd.bed", bed: odd, fam: famText(39), bim: bimText(16), want: is("39 rows × 16 columns, 302 ones (48.4 %)")},

		{name: "missing.bed", bed: missing, fam: famText(40), bim: bimText(16), kind: ErrValue, text: `individual "F1 I1", SNP "rs2": a missing genotype, expected one that is known (impute them, or leave out with plink --geno 0 the SNPs that have some, with --mind 0 the individuals)`},
		{name: "by-individual.bed", bed: []byte(bedMagic + "\x00\x00"), kind: ErrFormat, text: "genotypes by individual, expected by SNP (plink --make-bed writes them so)"},
		{name: "order.bed", bed: []byte(bedMagic + "\x02\x00"), kind: ErrFormat, text: "an order of 2, expected 1, by SNP"},
		{name: "cut-header.bed", bed: []byte(bedMagic), kind: ErrTruncated, text: "the file ends inside the BED header, after 2 bytes"},
		{name: "no-fam.bed", bed: whole, bim: bimText(16), kind: ErrOpen, text: "a PLINK BED file needs its .bim and .fam files beside it, and no-fam.fam is not there"},
		{name: "no-bim.bed", bed: whole, fam: famText(40), kind: ErrOpen, text: "a PLINK BED file needs its .bim and .fam files beside it, and no-bim.bim is not there"},
		{name: "short.bed", bed: whole[:100], fam: famText(40), bim: bimText(16), kind: ErrTruncated, text: "16 SNPs of the .bim file of 40 individuals of the .fam file need 160 bytes, the file has 97 after its header"},
		{name: "fewer-snps.bed", bed: whole, fam: famText(40), bim: bimText(15), kind: ErrFormat, text: "15 SNPs of the .bim file of 40 individuals of the .fam file need 150 bytes, the file has 160 after its header"},
		{name: "cut.bed.gz", bed: gz(whole[:100]), fam: famText(40), bim: bimText(16), kind: ErrTruncated, text: "the file ends inside the genotypes, after 100 bytes"},
		{name: "long.bed.gz", bed: gz(append(whole[:len(whole):len(whole)], 0)), fam: famText(40), bim: bimText(16), kind: ErrFormat, text: "there are more bytes after 16 SNPs of the .bim file of 40 individuals of the .fam file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, suffix := strings.TrimSuffix(strings.TrimSuffix(c.name, ".gz"), ".bed"), ""
			if c.gzipped {
				suffix = ".gz"
			}
			writeFile(t, c.name, c.bed)
			if c.fam != nil {
				writeFile(t, base+".fam"+suffix, c.fam)
			}
			if c.bim != nil {
				writeFile(t, base+".bim"+suffix, c.bim)
			}
			set, err := Open(c.name, Options{})
			if c.kind != nil {
				checkError(t, err, c.name, c.kind, c.text)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkSet(t, set)
			checkContents(t, set, fileCase{want: c.want, bits: table()[:set.Rows*16]})
		})
	}
	for name, c := range map[string]struct {
		fam  string
		kind error
		text string
	}{
		"none":   {"", ErrEmpty, "no lines"},
		"fields": {"F0 I0 0 0 1\n", ErrFormat, "line 1: 5 fields, expected 6"},
	} {
		writeFile(t, name+".bed", whole)
		writeFile(t, name+".fam", []byte(c.fam))
		_, err := Open(name+".bed", Options{})
		checkError(t, err, name+".fam", c.kind, c.text)
	}
}

func TestPLINKRaw(t *testing.T) {
	const head = "FID IID PAT MAT SEX PHENOTYPE"
	var snps, rows strings.Builder
	for j := range tableCols {
		fmt.Fprintf(&snps, " rs%d_A", j)
	}
	for i := range tableRows {
		fmt.Fprintf(&rows, "F%d I%d 0 0 1 %d", i, i, 1+i%2)
		for j := range tableCols {
			fmt.Fprintf(&rows, " %d", int(tableBit(i, j))*(1+(i+j)%2))
		}
		rows.WriteByte('\n')
	}
	raw := head + snps.String() + "\n" + rows.String()
	is := tableIs("") + ", header line 1 skipped, 6 columns skipped, " + carriersNote
	one := func(value string) []byte { return []byte(head + " rs1_A rs2_C\nF0 I0 0 0 1 2 1 " + value + "\n") }
	const at = `line 2, column 8, individual "F0 I0", SNP "rs2_C": `
	runCases(t, []fileCase{
		{name: "g.raw", data: []byte(raw), want: is},
		{name: "g.raw.gz", data: gz([]byte(raw)), want: is},
		{name: "tabs.raw", data: []byte(strings.ReplaceAll(raw, " ", "\t")), want: is},
		{name: "threshold.raw", data: []byte(raw), opt: Options{Binarize: Threshold, SkipColumns: 6}, want: is},
		{name: "skip.raw", data: one("2"), opt: Options{SkipColumns: 7}, bits: []byte{1}, want: "1 row × 1 column, 1 one (100.0 %), header line 1 skipped, 7 columns skipped, " + carriersNote},
		{name: "na.raw", data: one("NA"), kind: ErrValue, text: at + "a missing genotype, expected one that is known (impute them, or leave out with plink --geno 0 the SNPs that have some, with --mind 0 the individuals)"},
		{name: "three.raw", data: one("3"), kind: ErrValue, text: at + `found "3", expected 0, 1 or 2 copies`},
		{name: "long.raw", data: one("2 1"), want: "1 row × 3 columns, 3 ones (100.0 %), header line 1 skipped, 6 columns skipped, " + carriersNote, bits: []byte{1, 1, 1}},
		{name: "other.raw", data: []byte("FID IID PAT\n0 1 2\n"), kind: ErrValue, text: "line 2, column 3: found 2, expected 0 or 1 (if the column is a label, use --label-column last; for grey levels from 0 to 255 use --binarize threshold, dynamic or fixed)"},
	})
}

func FuzzBED(f *testing.F) {
	dir := f.TempDir()
	f.Add(bedBytes(5, 3, tableBit), famText(5), bimText(3))
	f.Add([]byte(bedMagic+"\x01\x05\xff"), []byte("a b c d e f\r1 2 3 4 5 6\r"), bimText(2))
	f.Add([]byte(bedMagic+"\x00"), famText(1), bimText(1))
	f.Fuzz(func(t *testing.T, bed, fam, bim []byte) {
		dir := filepath.Join(dir, t.Name())
		writeFile(t, filepath.Join(dir, "x.fam"), fam)
		writeFile(t, filepath.Join(dir, "x.bim"), bim)
		for _, data := range [][]byte{bed, gz(bed)} {
			set, err := readAll(filepath.Join(dir, "x.bed"), data, Options{Format: FormatBED, MaxBytes: 16 << 20})
			if err != nil {
				checkSentinel(t, err)
				continue
			}
			checkSet(t, set)
		}
	})
}
