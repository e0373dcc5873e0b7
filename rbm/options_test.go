package rbm

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/bitdbn/bitdbn"
)

func TestOptionsValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	ramp := func(from, to float64) Schedule { return Schedule{[]stage{{0, from, to}}} }
	for _, c := range []struct {
		name   string // of the option, as in the message; empty if there is no error
		change func(o *Options)
	}{
		{"", func(o *Options) {}},
		{"Epochs", func(o *Options) { o.Epochs = 0 }},
		{"Epochs", func(o *Options) { o.Epochs = -1 }},
		{"", func(o *Options) { o.Epochs = 1 }},
		{"Batch", func(o *Options) { o.Batch = 0 }},
		{"Batch", func(o *Options) { o.Batch = bitdbn.MaxRows + 1 }},
		{"", func(o *Options) { o.Batch = bitdbn.MaxRows }},
		{"Chains", func(o *Options) { o.Chains = -1 }},
		{"Chains", func(o *Options) { o.Chains = bitdbn.MaxRows + 1 }},
		{"", func(o *Options) { o.Persistent, o.Chains = true, bitdbn.MaxRows }},
		{"Temperatures", func(o *Options) { o.Persistent, o.Temperatures = true, -1 }},
		{"Temperatures", func(o *Options) { o.Persistent, o.Temperatures = true, 1001 }},
		{"Temperatures", func(o *Options) { o.Temperatures = 2 }},
		{"", func(o *Options) { o.Persistent, o.Temperatures = true, 30 }},
		{"LearningRate", func(o *Options) { o.LearningRate = Schedule{} }},
		{"LearningRate", func(o *Options) { o.LearningRate = Constant(0) }},
		{"LearningRate", func(o *Options) { o.LearningRate = Constant(-0.1) }},
		{"LearningRate", func(o *Options) { o.LearningRate = ramp(0.1, -0.1) }},
		{"LearningRate", func(o *Options) { o.LearningRate = Constant(nan) }},
		{"LearningRate", func(o *Options) { o.LearningRate = Constant(inf) }},
		{"", func(o *Options) { o.LearningRate = ramp(0.1, 0) }},
		{"Momentum", func(o *Options) { o.Momentum = Constant(1) }},
		{"Momentum", func(o *Options) { o.Momentum = Constant(-0.1) }},
		{"Momentum", func(o *Options) { o.Momentum = Constant(nan) }},
		{"Momentum", func(o *Options) { o.Momentum = ramp(0.5, 1.5) }},
		{"", func(o *Options) { o.Momentum = Schedule{} }},
		{"GibbsSteps", func(o *Options) { o.GibbsSteps = Schedule{} }},
		{"GibbsSteps", func(o *Options) { o.GibbsSteps = Constant(0.5) }},
		{"GibbsSteps", func(o *Options) { o.GibbsSteps = ramp(1, 0) }},
		{"GibbsSteps", func(o *Options) { o.GibbsSteps = Constant(1e7) }},
		{"GibbsSteps", func(o *Options) { o.GibbsSteps = Constant(nan) }},
		{"", func(o *Options) { o.GibbsSteps = ramp(1, 25) }},
		{"L2", func(o *Options) { o.L2 = -1 }},
		{"L2", func(o *Options) { o.L2 = nan }},
		{"L2", func(o *Options) { o.L2 = inf }},
		{"L1", func(o *Options) { o.L1 = -1 }},
		{"L1", func(o *Options) { o.L1 = nan }},
		{"CenterRate", func(o *Options) { o.CenterRate = 1.1 }},
		{"CenterRate", func(o *Options) { o.CenterRate = nan }},
		{"", func(o *Options) { o.CenterRate = 0 }},
		{"SparsityTarget", func(o *Options) { o.SparsityTarget = 2 }},
		{"SparsityTarget", func(o *Options) { o.SparsityTarget = -1 }},
		{"SparsityCost", func(o *Options) { o.SparsityCost = -1 }},
		{"SparsityCost", func(o *Options) { o.SparsityCost = nan }},
		{"SparsityDecay", func(o *Options) { o.SparsityDecay = 1.5 }},
		{"SparsityDecay", func(o *Options) { o.SparsityDecay = nan }},
		{"Limit", func(o *Options) { o.Limit = 0 }},
		{"Limit", func(o *Options) { o.Limit = -1 }},
		{"Limit", func(o *Options) { o.Limit = nan }},
		{"Limit", func(o *Options) { o.Limit = inf }}, // which JSON cannot hold
		{"", func(o *Options) { o.Limit = math.MaxFloat32 }},
	} {
		o := basic()
		c.change(&o)
		err := o.Validate()
		if c.name == "" {
			if err != nil {
				t.Errorf("%+v: %v", o, err)
			}
			if _, err := json.Marshal(o); err != nil {
				t.Errorf("%+v: %v", o, err)
			}
			continue
		}
		if !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), c.name+" is ") {
			t.Errorf("%s: error %v", c.name, err)
		}
		if _, err := NewTrainer(workspace(t, 1), New(3, 2), randomRows(4, 3, 0.5), o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: NewTrainer: error %v", c.name, err)
		}
	}
	var zero Options
	if err := zero.Validate(); !errors.Is(err, ErrOptions) {
		t.Errorf("zero options: error %v", err)
	}
}

// TestOptionsJSON requires that all options come back, each set to a value of
// its own.
func TestOptionsJSON(t *testing.T) {
	in := Options{
		Epochs: 3, Batch: 7, LearningRate: Schedule{[]stage{{0, 0.1, 0.01}, {2, 1, 1}}}, Momentum: Constant(0.3),
		GibbsSteps: Constant(5), L2: 1e-5, L1: 1e-6, Persistent: true, Chains: 9, Temperatures: 6, Center: true, CenterRate: 0.02,
		SparsityTarget: 0.1, SparsityCost: 0.2, SparsityDecay: 0.3, Limit: 50, Seed: math.MaxUint64, Layer: 4,
	}
	for v, i := reflect.ValueOf(in), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("option %s is not tested", v.Type().Field(i).Name)
		}
	}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Options
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(in, out) {
		t.Errorf("%+v became %+v", in, out)
	}
}
