package dataset

import (
	"strings"
	"testing"
)

func TestForeign(t *testing.T) {
	const npyAdvice = ", which is not read; save the array with numpy.save, or export CSV"
	const csvAdvice = ", which is not read; export it as CSV"
	const unpack = ", which is not read; unpack it first"
	const r = ", which is not read; export it with write.csv(x, 'x.csv', row.names = FALSE)"
	const matlab = ", which is not read; export the matrix with writematrix(X, 'x.csv')"
	bad := func(name, data, text string) fileCase {
		return fileCase{name: name, data: []byte(data), kind: ErrFormat, text: text}
	}
	hello := []byte("hello")
	runCases(t, []fileCase{
		bad("five.mat", "MATLAB 5.0 MAT-file, Platform: GLNXA64", "a MATLAB file"+matlab+", or in Python scipy.io.loadmat and numpy.save"),
		bad("four.mat", "\x00\x00\x00\x00\x01\x00\x00\x00", "a MATLAB file"+matlab+", or in Python scipy.io.loadmat and numpy.save"),
		bad("seven.mat", "MATLAB 7.3 MAT-file, Platform: GLNXA64", "a MATLAB file of version 7.3, which is HDF5"+matlab),
		bad("x.h5", "\x89HDF\r\n\x1a\n\x00", "an HDF5 file"+npyAdvice),
		bad("renamed.npy", "\x89HDF\r\n\x1a\n\x00", "an HDF5 file"+npyAdvice),
		bad("x.h5ad", "\x01\x02\x03", "an HDF5 file"+npyAdvice),
		bad("x.parquet", "PAR1\x15\x00\x15", "a Parquet file"+csvAdvice),
		bad("x.feather", "ARROW1\x00\x00", "an Arrow file"+csvAdvice),
		bad("x.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"+csvAdvice),
		bad("x.xlsx", string(npz(entry{"[Content_Types].xml", hello, false}, entry{"xl/workbook.xml", hello, false})), "an Excel workbook"+csvAdvice),
		bad("x.ods", string(npz(entry{"mimetype", hello, true}, entry{"content.xml", hello, false})), "an OpenDocument file"+csvAdvice),
		bad("x.pt", string(npz(entry{"x/data.pkl", hello, false})), "a PyTorch file"+npyAdvice),
		bad("x.zip", string(npz(entry{"data/x.CSV", hello, false})), `a zip archive with "data/x.CSV"`+unpack),
		bad("x.json", `{"rows": [[0, 1]]}`, "JSON"+csvAdvice),
		bad("lists.json.gz", string(gz([]byte("\n[[0, 1], [1, 0]]"))), "JSON"+csvAdvice),
		bad("number.json", "1", "JSON"+csvAdvice),
		bad("x.arff", "% a comment\n@relation x\n", "an ARFF file"+csvAdvice),
		bad("arff.txt", "@relation x\n", "an ARFF file"+csvAdvice),
		bad("x.rds", string(gz([]byte("X\n\x00\x00\x00\x03"))), "an R file"+r),
		bad("x.RData", "RDX3\nX\n", "an R file"+r),
		bad("x.pkl", "\x80\x04\x95", "a Python pickle, which only Python can load"+npyAdvice),
		bad("x.db", "SQLite format 3\x00", "an SQLite database"+csvAdvice),
		bad("x.png", "\x89PNG\r\n\x1a\n", "a picture in PNG"+npyAdvice),
		bad("x.csv.bz2", "BZh91AY&SY", "bzip2 data"+unpack),
		bad("x.csv.zst", "\x28\xb5\x2f\xfd\x00", "Zstandard data"+unpack),

		{name: "text.mat", data: []byte(csv()), want: tableIs("")},
		{name: "header.csv", data: []byte("PAR1,PAR2\n0,1\n"), bits: []byte{0, 1}, want: "1 row × 2 columns, 1 one (50.0 %), header line 1 skipped"},
		{name: "[id].csv", data: []byte("[id],{a}\n0,1\n"), bits: []byte{0, 1}, want: "1 row × 2 columns, 1 one (50.0 %), header line 1 skipped"},
	})
	for _, o := range others {
		if o.suffixes != "" && !strings.HasSuffix(o.suffixes, " ") {
			t.Errorf("suffixes %q do not end in a blank", o.suffixes)
		}
	}
}

// FuzzForeign reads data under names with any suffix.
func FuzzForeign(f *testing.F) {
	for _, o := range others {
		suffix, _, _ := strings.Cut(o.suffixes, " ")
		f.Add(suffix, []byte(o.magic+"\x00 1"))
	}
	f.Add(".zip", npz(entry{"x.csv", []byte("0,1\n"), false}))
	f.Fuzz(func(t *testing.T, suffix string, data []byte) {
		if strings.ContainsAny(suffix, "/\x00\r\n") {
			return
		}
		set, err := readAll("fuzz"+suffix, data, Options{MaxBytes: 16 << 20})
		if err != nil {
			checkSentinel(t, err)
			return
		}
		checkSet(t, set)
	})
}
