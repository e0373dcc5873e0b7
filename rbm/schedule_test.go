package rbm

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
)

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		text   string
		epochs int
		want   []float64 // by epoch, beyond the last too
	}{
		{"0.05", 3, []float64{0.05, 0.05, 0.05, 0.05}},
		{"-2", 1, []float64{-2, -2}},
		{"1e-3", 2, []float64{0.001, 0.001}},
		{"0.5,0.9@5", 10, []float64{0.5, 0.5, 0.5, 0.5, 0.5, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9}},
		{"0.5,0.9@5", 3, []float64{0.5, 0.5, 0.5}},
		{"4..1", 4, []float64{4, 3, 2, 1, 1}},
		{"4..1", 1, []float64{1, 1}},
		{"4..1", 2, []float64{4, 1}},
		{"0..6,1..25@4", 7, []float64{0, 2, 4, 6, 1, 13, 25, 25}},
		{"1..2,3@1,4@2", 4, []float64{2, 3, 4, 4}},
		{"0.5@0,1@1", 2, []float64{0.5, 1}},
	} {
		s, err := ParseSchedule(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		for e, want := range c.want {
			if got := s.At(e, c.epochs); math.Abs(got-want) > 1e-15*math.Abs(want) {
				t.Errorf("%s: epoch %d of %d: %v, expected %v", c.text, e, c.epochs, got, want)
			}
		}
		again, err := ParseSchedule(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%s: written as %q, read back as %q, %v", c.text, s, again, err)
		}
	}
}

func TestScheduleString(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		want string
	}{
		{Schedule{}, "0"},
		{Constant(0.05), "0.05"},
		{Constant(1), "1"},
		{basic().Momentum, "0.5,0.9@5"},
		{Schedule{[]stage{{0, 0.1, 0.01}, {3, 1, 1}}}, "0.1..0.01,1@3"},
		{Constant(1.0 / 3), "0.3333333333333333"},
		{Constant(1e-300), "1e-300"},
	} {
		if got := c.s.String(); got != c.want {
			t.Errorf("%q, expected %q", got, c.want)
		}
	}
	if got := (Schedule{}).At(3, 5); got != 0 {
		t.Errorf("the zero schedule is %v", got)
	}
}

func TestParseScheduleErrors(t *testing.T) {
	for _, text := range []string{
		"", " ", "x", "0.05,", ",0.05", "0.05;0.1@3", "NaN", "Inf", "-Inf", "1e999", "1..", "..1", "1..2..3", "1..NaN",
		"1@1", "1@-1", "1@x", "1@", "1,2", "1,2@0", "1,2@5,3@5", "1,2@5,3@4", "1,2@1.5", "1,2@@3", "0x", "0,5",
	} {
		if s, err := ParseSchedule(text); !errors.Is(err, ErrSchedule) {
			t.Errorf("%q: read as %v, error %v", text, s, err)
		}
	}
}

// TestScheduleJSON requires the text as a JSON string, and that an error leaves
// a schedule as it was.
func TestScheduleJSON(t *testing.T) {
	in := struct{ A, B Schedule }{Constant(0.1), basic().Momentum}
	b, err := json.Marshal(in)
	if want := `{"A":"0.1","B":"0.5,0.9@5"}`; err != nil || string(b) != want {
		t.Fatalf("%s, %v, expected %s", b, err, want)
	}
	out := in
	if err := json.Unmarshal([]byte(`{"A":"oops"}`), &out); !errors.Is(err, ErrSchedule) {
		t.Errorf("error %v", err)
	}
	if out.A.String() != "0.1" {
		t.Errorf("an error left %v", out.A)
	}
}

// FuzzParseSchedule requires that what can be read can be written and read
// back as the same schedule.
func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{"0.05", "0.5,0.9@5", "0.1..0.01", "1..2@0,3@7", "-0", "1e5..-0x1p-3@00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text)
		if err != nil {
			if !errors.Is(err, ErrSchedule) {
				t.Fatal(err)
			}
			return
		}
		again, err := ParseSchedule(s.String())
		if err != nil {
			t.Fatalf("%q, written as %q: %v", text, s, err)
		}
		for e := range 20 {
			if a, b := s.At(e, 12), again.At(e, 12); a != b {
				t.Fatalf("%q, written as %q: %v becomes %v", text, s, a, b)
			}
		}
	})
}
