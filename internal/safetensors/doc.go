// Package safetensors reads and writes files in the safetensors layout, and
// trusts nothing in them.
//
// # Layout
//
// A file holds three things, one after the other:
//
//	8 bytes   length of the header, unsigned, little-endian
//	header    a JSON object, padded with spaces at its end
//	data      the elements of all tensors, little-endian, row-major
//
// The header maps the name of each tensor to its dtype, its shape and the
// range of bytes it has in the data; the key "__metadata__" maps strings to
// strings:
//
//	{"__metadata__":{"sha256":"…"},"W":{"dtype":"F32","shape":[784,500],"data_offsets":[0,1568000]}}
//
// The ranges follow one another from the first byte of the data to the last
// byte of the file, without holes and without overlaps.
//
// The package is our own because the Go libraries for the format let pass what
// the format forbids (a name given twice, holes, overlaps) or allocate on the
// word of a header.
//
// # Reading
//
// [Open] and [Read] check all of the header before anything is taken from the
// data. They refuse what other readers repair or ignore: a key given twice,
// an unknown key, an offset that is not a whole number, text that is not
// Unicode. Headers longer than 1 MiB are refused as well, which leaves room
// for thousands of tensors.
//
// # Writing
//
// [Write] gives the same bytes for the same tensors and metadata: tensors stay
// in the order given, metadata are sorted by key. The header is padded so that
// the data start on a multiple of 64 bytes, for those who map the file. There
// can be no gaps between tensors: where alignment matters, the tensors with wide
// elements have to come first.
//
// # Checksum
//
// [Write] stores a SHA-256 of the tensors as metadata "sha256", and
// [File.Verify] compares it. The hash goes over the tensors in the order of
// their data, for each of them one line of text and then its bytes in the
// file. The line is the name, the dtype and the shape, as in
//
//	W F32 [784, 500]
//
// in UTF-8 and ended by a line feed; a scalar has the shape []. Names cannot
// contain control characters, so the line always ends where it seems to. In
// Python:
//
//	import hashlib, json
//	raw = open("model.safetensors", "rb").read()
//	n = 8 + int.from_bytes(raw[:8], "little")
//	head = json.loads(raw[8:n])
//	meta, h = head.pop("__metadata__"), hashlib.sha256()
//	for name, t in sorted(head.items(), key=lambda item: item[1]["data_offsets"]):
//	    begin, end = t["data_offsets"]
//	    h.update(f"{name} {t['dtype']} {t['shape']}\n".encode() + raw[n + begin : n + end])
//	assert h.hexdigest() == meta["sha256"]
//
// The checksum finds damage, not malice, and says nothing of the metadata.
package safetensors
