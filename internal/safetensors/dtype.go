package safetensors

// DType is the type of a tensor's elements, by the name the format gives it.
type DType string

// The types that have accessors or that [Write] produces. A file may hold
// tensors of the format's other types too; they count for the layout and the
// checksum, and cannot be read.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
	I32  DType = "I32"
	U64  DType = "U64"
	U8   DType = "U8"
)

// size returns the bytes of one element, 0 for an unknown type. The format's
// types of 4 and 6 bits, which share bytes, count as unknown.
func (d DType) size() int {
	switch d {
	case F64, I64, U64, "C64":
		return 8
	case F32, I32, "U32":
		return 4
	case F16, BF16, "I16", "U16":
		return 2
	case U8, "I8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0":
		return 1
	}
	return 0
}
