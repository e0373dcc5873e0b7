package main

import (
	"encoding/json"
	"os"
)

// writeJSON writes one object to standard output.
func writeJSON(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
