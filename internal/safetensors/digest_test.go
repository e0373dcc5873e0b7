package safetensors

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"testing"
)

// goldenSum is the SHA-256 of goldenTensors, found with the lines of Python in
// the package documentation.
const goldenSum = "15ba6406b84d23c3938a73a220d1fc2dd5e5903c9ae5558e619e0a0d57577648"

func TestDigest(t *testing.T) {
	got, err := Digest(goldenTensors)
	if err != nil || got != goldenSum {
		t.Errorf("found %s, %v, expected %s", got, err, goldenSum)
	}
	f := mustRead(t, mustWrite(t, goldenTensors, nil))
	if got := f.Metadata()["sha256"]; got != goldenSum {
		t.Errorf("stored %s, expected %s", got, goldenSum)
	}
}

// TestDigestDefinition hashes the text and the bytes spelled out.
func TestDigestDefinition(t *testing.T) {
	sum := sha256.Sum256([]byte("W F32 [1, 2]\n\x00\x00\x80\x3f\x00\x00\x00\xc0" + "é b U8 []\n\x07"))
	got, err := Digest([]Tensor{{"W", []int{1, 2}, []float32{1, -2}}, {"é b", nil, []uint8{7}}})
	if want := hex.EncodeToString(sum[:]); err != nil || got != want {
		t.Errorf("found %s, %v, expected %s", got, err, want)
	}
}

func TestDigestTellsApart(t *testing.T) {
	seen := map[string]int{}
	for i, list := range [][]Tensor{
		{{"W", []int{2}, []uint8{1, 2}}},
		{{"W", []int{2}, []uint8{2, 1}}},
		{{"V", []int{2}, []uint8{1, 2}}},
		{{"W", []int{1, 2}, []uint8{1, 2}}},
		{{"W", []int{2, 1}, []uint8{1, 2}}},
		{{"W", []int{0}, []uint8{}}},
		{{"W", []int{0}, []uint64{}}},
		{{"W", []int{2}, []uint8{1, 2}}, {"e", []int{0}, []uint8{}}},
		{{"e", []int{0}, []uint8{}}, {"W", []int{2}, []uint8{1, 2}}},
	} {
		sum, err := Digest(list)
		if err != nil {
			t.Fatal(err)
		}
		if j, ok := seen[sum]; ok {
			t.Errorf("lists %d and %d have the same checksum", i, j)
		}
		seen[sum] = i
	}
}

// TestVerifyFindsDamage changes each byte of the data, and the checksum.
func TestVerifyFindsDamage(t *testing.T) {
	file := mustWrite(t, goldenTensors, nil)
	f := mustRead(t, file)
	if checked, err := f.Verify(); !checked || err != nil {
		t.Fatalf("undamaged: %v, %v", checked, err)
	}
	damage := []int{bytes.Index(file, []byte(goldenSum))}
	for i := prefixBytes + int(file[0]) + int(file[1])<<8; i < len(file); i++ {
		damage = append(damage, i)
	}
	for _, i := range damage {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		checked, err := mustRead(t, bad).Verify()
		if !checked || !errors.Is(err, ErrChecksum) {
			t.Fatalf("byte %d: %v, %v", i, checked, err)
		}
		if i != damage[0] {
			checkMessage(t, err, "m.safetensors", "expected", goldenSum)
		}
	}
}

func TestVerifyWithoutChecksum(t *testing.T) {
	if checked, err := mustRead(t, raw("{"+w+"}", 16)).Verify(); checked || err != nil {
		t.Errorf("Verify = %v, %v, expected false, nil", checked, err)
	}
}

func TestVerifyOddChecksum(t *testing.T) {
	_, err := mustRead(t, raw(`{"__metadata__":{"sha256":"no\nsum"},`+w+"}", 16)).Verify()
	if !errors.Is(err, ErrChecksum) {
		t.Fatal(err)
	}
	checkMessage(t, err, `"no\nsum"`)
}

func TestVerifyReadError(t *testing.T) {
	file := mustWrite(t, goldenTensors, nil)
	f, err := Read(failing{file, int64(len(file)) - 20, io.EOF}, int64(len(file)), "m.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Verify(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("found %v, expected io.ErrUnexpectedEOF", err)
	}
}
