package safetensors

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// checkText refuses a header that is not an object in Unicode text.
// encoding/json would replace broken characters instead of reporting them, and
// two names could become one.
func checkText(raw []byte) error {
	if len(raw) == 0 || raw[0] != '{' {
		return badFormat("header starts with %s, expected {", quote(string(raw[:min(len(raw), 8)])))
	}
	if !utf8.Valid(raw) {
		return badFormat("header is not UTF-8")
	}
	return checkEscapes(string(raw))
}

// checkEscapes refuses half a surrogate pair, such as \ud800 alone.
func checkEscapes(s string) error {
	for {
		_, after, found := strings.Cut(s, `\`)
		if !found {
			return nil
		}
		unit, ok := escapedUnit(`\` + clipTo(after, 5))
		if !ok {
			s = after[min(1, len(after)):] // another escape, of which one character is left
			continue
		}
		s = after[5:]
		if !utf16.IsSurrogate(unit) {
			continue
		}
		low, _ := escapedUnit(clipTo(s, 6))
		if utf16.DecodeRune(unit, low) == unicode.ReplacementChar {
			return badFormat(`header: half a surrogate pair \u%04x, expected Unicode text`, unit)
		}
		s = s[6:]
	}
}

// escapedUnit returns the UTF-16 unit of an escape of the form \uXXXX.
func escapedUnit(s string) (rune, bool) {
	if len(s) != 6 || !strings.HasPrefix(s, `\u`) {
		return 0, false
	}
	unit, err := strconv.ParseUint(s[2:], 16, 16)
	return rune(unit), err == nil
}

// checkName refuses names that would break the line they stand on, in a
// message or in the text under the checksum, and the name of the metadata.
func checkName(name string) error {
	if name == metadataKey {
		return badFormat("tensor name %s is taken by the metadata", quote(name))
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return badFormat("tensor name %s, expected Unicode text without control characters", quote(name))
	}
	return nil
}

// clip returns s, cut short for a message.
func clip(s string) string {
	if len(s) > maxQuoted {
		return s[:maxQuoted] + "…"
	}
	return s
}

// clipTo returns the first n bytes of s, or s if it is shorter.
func clipTo(s string, n int) string { return s[:min(n, len(s))] }
