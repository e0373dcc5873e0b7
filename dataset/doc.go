// Package dataset reads tables of binary units from the files people keep them
// in, and hands them over packed, one bit a unit.
//
// [Load] takes a name or a path, [Open] a path alone:
//
//	set, err := dataset.Load("digits", dataset.Options{Binarize: dataset.Threshold})
//	if err != nil {
//		log.Fatal(err)
//	}
//	fmt.Println(set.Describe()) // 2500 rows × 784 columns (28 × 28), 261805 ones (13.4 %), …
//	row := set.Bits.Row(0)      // the first image, 784 bits and zero padding
//
// # Formats
//
// The first bytes of a file tell its format; its name decides only where
// they leave a doubt. Any of them may be gzipped.
//
//   - IDX, the format of MNIST, with elements of any type and two dimensions or
//     more; and a folder with the four files of MNIST.
//   - NPY and NPZ of NumPy: bool, integers and floats, either byte order, rows
//     or columns first, format versions 1 to 3; and the sparse matrices of
//     scipy.sparse.save_npz, in CSR, CSC and COO form.
//   - Text: fields separated by tabs, commas, semicolons, bars or blanks, with or
//     without a header line, and with decimal points or commas; or a string of
//     digits a row, as in 0110.
//   - libsvm: a label, then index:value for each unit that is not 0.
//   - Baskets, the format of FIMI: the numbers of the items in each, from 0. Text
//     without a name of that format is taken for it if the lines differ in
//     length, and have numbers above 1 and none twice.
//   - Matrix Market (.mtx): the entries of a sparse matrix, or all values of one.
//   - PLINK genotypes, binary (.bed with .bim and .fam beside it) or text (.raw):
//     individuals are rows, SNPs columns, and carriers of allele 1 are 1.
//   - PBM, plain (P1) or raw (P4): a row of the picture is a row of the table.
//
// The first dimension of an array counts rows; the others, flattened with the
// last one fastest, are the columns. [Set.Shape] keeps them apart.
//
// # Values
//
// A unit is 0 or 1, and nothing else is taken for either of them, with two
// exceptions. IDX files of bytes are pictures if any byte is above 1, and the
// [Set] is grey. Genotypes of PLINK are 1 for carriers of allele 1. For other data the caller says with
// [Options.Binarize] that values between 0 and 1, or whole numbers from 0 to
// 255, are intensities. NaN and infinities are always an error.
//
// # Errors
//
// An error is one line that names the file, the position, what was found and
// what was expected, as in
//
//	data.csv: line 12: 13 fields, expected 16 as in line 1
//	x.npy: row 2, column 5 (from 0): found -0.25, expected 0 or 1
//
// Lines and columns of text count from 1, rows and columns of arrays from 0 as
// in NumPy. Every error wraps one of the Err variables of this package. No
// memory is allocated on the word of a header that the size of the file
// contradicts, and compressed data are stored only as they arrive.
package dataset
