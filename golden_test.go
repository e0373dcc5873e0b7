package bitdbn_test

// goldenWords are words of the stream (1, 2): units 0 and 1 of step 0 and row
// 0, and unit 5 of step 2^40 and row 3. They must never change: a change would
// give every model other bits.
var goldenWords = []uint32{0x6a7b4e47, 0x922a64cc, 0x46645652}
