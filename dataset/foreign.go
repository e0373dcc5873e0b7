package dataset

import (
	"path/filepath"
	"strings"
)

// other is a kind of file that is not read, and what to do with it.
type other struct {
	magic    string
	suffixes string // with a blank after each
	what     string
	advice   string
}

const (
	exportNPY = "save the array with numpy.save, or export CSV"
	exportCSV = "export it as CSV"
	unpackIt  = "unpack it first"
)

// others are the files of other programs that hold tables. The first that fits
// a file counts.
var others = []other{
	{"MATLAB 5.0 MAT-file", ".mat ", "a MATLAB file", "export the matrix with writematrix(X, 'x.csv'), or in Python scipy.io.loadmat and numpy.save"},
	{"MATLAB 7.3 MAT-file", "", "a MATLAB file of version 7.3, which is HDF5", "export the matrix with writematrix(X, 'x.csv')"},
	{"\x89HDF\r\n\x1a\n", ".h5 .hdf5 .hdf .h5ad .loom ", "an HDF5 file", exportNPY},
	{"PAR1\x15", ".parquet .pq ", "a Parquet file", exportCSV},
	{"ARROW1\x00\x00", ".feather .arrow ", "an Arrow file", exportCSV},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls ", "an old Excel workbook", exportCSV},
	{"SQLite format 3\x00", ".sqlite .db ", "an SQLite database", exportCSV},
	{"RDX2\n", ".rds .rdata .rda ", "an R file", "export it with write.csv(x, 'x.csv', row.names = FALSE)"},
	{"RDX3\n", "", "an R file", "export it with write.csv(x, 'x.csv', row.names = FALSE)"},
	{"X\n\x00\x00\x00", "", "an R file", "export it with write.csv(x, 'x.csv', row.names = FALSE)"},
	{"\x80\x02", ".pkl .pickle .joblib ", "a Python pickle, which only Python can load", exportNPY},
	{"\x80\x03", "", "a Python pickle, which only Python can load", exportNPY},
	{"\x80\x04", "", "a Python pickle, which only Python can load", exportNPY},
	{"\x80\x05", "", "a Python pickle, which only Python can load", exportNPY},
	{"\x89PNG\r\n", ".png ", "a picture in PNG", exportNPY},
	{"\xff\xd8\xff", ".jpg .jpeg ", "a picture in JPEG", exportNPY},
	{"GIF8", ".gif ", "a picture in GIF", exportNPY},
	{"%PDF-", ".pdf ", "a PDF document", exportCSV},
	{"BZh9", ".bz2 ", "bzip2 data", unpackIt},
	{"\xfd7zXZ\x00", ".xz ", "xz data", unpackIt},
	{"\x28\xb5\x2f\xfd", ".zst ", "Zstandard data", unpackIt},
	{"7z\xbc\xaf\x27\x1c", ".7z ", "a 7-Zip archive", unpackIt},
	{"@relation", ".arff ", "an ARFF file", exportCSV},
	{"@RELATION", "", "an ARFF file", exportCSV},
	{"{", ".json .jsonl ", "JSON", exportCSV},
	{"[[", "", "JSON", exportCSV},
	{"[{", "", "JSON", exportCSV},
	{"[\n", "", "JSON", exportCSV},
	{"[0", "", "JSON", exportCSV},
	{"[1", "", "JSON", exportCSV},
}

// foreign explains files that people take for data by mistake.
func foreign(src *source, head string) error {
	text := strings.TrimLeft(head, " \t\r\n")
	switch {
	case strings.HasPrefix(text, "<"):
		what := "not data"
		if strings.HasSuffix(src.name, ".gz") && !src.packed {
			what = "not gzip data"
		}
		return problemf(ErrFormat, src.name, "%s: it starts with %s, an HTML page perhaps, saved in place of a download", what, show(text))
	case strings.HasPrefix(head, "\xff\xfe"), strings.HasPrefix(head, "\xfe\xff"):
		return problemf(ErrFormat, src.name, "text in UTF-16, expected UTF-8 or ASCII")
	case strings.HasPrefix(head, "\x1f\x8b"):
		return problemf(ErrFormat, src.name, "gzip data inside gzip data, expected to unpack once")
	case len(head) > 9 && head[8] == '{' && strings.HasPrefix(head[4:], "\x00\x00\x00\x00"):
		return problemf(ErrFormat, src.name, "a safetensors file, which holds a model and no data")
	case len(head) > 2 && head[0] == 'P' && '2' <= head[1] && head[1] <= '7' && isSpace(head[2]):
		return problemf(ErrFormat, src.name, "a picture of Netpbm type %s, expected P1 or P4", head[:2])
	}
	for _, o := range others {
		if strings.HasPrefix(text, o.magic) || strings.HasPrefix(head, o.magic) {
			return o.refuse(src.name)
		}
	}
	return nil
}

// foreignName explains a file by its name, where its contents, binary or text,
// tell nothing. A table in text may have nearly any name.
func foreignName(name string, binary bool) error {
	suffix := filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz"))
	for _, o := range others {
		if isText := strings.HasPrefix(o.magic, "{") || strings.HasPrefix(o.magic, "@"); isText == binary {
			continue
		}
		if suffix != "" && strings.Contains(o.suffixes, suffix+" ") {
			return o.refuse(name)
		}
	}
	return nil
}

func (o *other) refuse(name string) error {
	return problemf(ErrFormat, name, "%s, which is not read; %s", o.what, o.advice)
}

// foreignArchive explains a zip archive without arrays by the names in it.
func foreignArchive(name string, names []string) error {
	for _, n := range names {
		suffix := strings.ToLower(filepath.Ext(n))
		switch {
		case strings.HasPrefix(n, "xl/"):
			o := other{what: "an Excel workbook", advice: exportCSV}
			return o.refuse(name)
		case n == "content.xml":
			o := other{what: "an OpenDocument file", advice: exportCSV}
			return o.refuse(name)
		case strings.HasSuffix(n, "/data.pkl"):
			o := other{what: "a PyTorch file", advice: exportNPY}
			return o.refuse(name)
		case strings.Contains(".csv .tsv .dat .mtx .svm .gz ", suffix+" ") && suffix != "":
			o := other{what: "a zip archive with " + show(n), advice: unpackIt}
			return o.refuse(name)
		}
	}
	return nil
}
