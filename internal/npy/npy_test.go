package npy

import (
	"bytes"
	"strings"
	"testing"
)

func TestWriteHeader(t *testing.T) {
	for _, c := range []struct {
		shape []int
		want  string
	}{
		{nil, "'shape': (), }"},
		{[]int{7}, "'shape': (7,), }"},
		{[]int{40, 16}, "'shape': (40, 16), }"},
	} {
		var b bytes.Buffer
		if err := WriteHeader(&b, "<f4", c.shape...); err != nil {
			t.Fatal(err)
		}
		head := b.Bytes()
		size := int(head[8]) | int(head[9])<<8
		if !strings.HasPrefix(b.String(), "\x93NUMPY\x01\x00") || len(head)%64 != 0 || size != len(head)-10 || head[len(head)-1] != '\n' {
			t.Errorf("shape %v: malformed header %q", c.shape, head)
		}
		if !strings.Contains(b.String(), c.want) {
			t.Errorf("shape %v: header %q, expected %q", c.shape, head, c.want)
		}
	}
}
