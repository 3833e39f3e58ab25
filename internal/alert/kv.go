package alert

import (
	"cmp"
	"maps"
	"slices"
)

// KV is a set of labels or annotations. In templates its methods hide labels of the
// same name: {{ .Labels.Values }} are all values, and {{ index .Labels "Values" }} is
// that of the label.
type KV map[string]string

// Pair is a label with its value.
type Pair struct{ Name, Value string }

// Pairs is a list of labels.
type Pairs []Pair

// SortedPairs returns the labels sorted by name, but alertname first.
func (kv KV) SortedPairs() Pairs {
	pairs := make(Pairs, 0, len(kv))
	for _, name := range slices.SortedFunc(maps.Keys(kv), compareNames) {
		pairs = append(pairs, Pair{name, kv[name]})
	}
	return pairs
}

const alertname = "alertname"

func compareNames(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == alertname:
		return -1
	case b == alertname:
		return 1
	}
	return cmp.Compare(a, b)
}

// Remove returns a copy without the named labels.
func (kv KV) Remove(names []string) KV {
	rest := maps.Clone(kv)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// Names returns the names, in the order of SortedPairs.
func (kv KV) Names() []string { return kv.SortedPairs().Names() }

// Values returns the values, in the order of SortedPairs.
func (kv KV) Values() []string { return kv.SortedPairs().Values() }

// Names returns the names of all pairs.
func (ps Pairs) Names() []string {
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.Name
	}
	return names
}

// Values returns the values of all pairs.
func (ps Pairs) Values() []string {
	values := make([]string, len(ps))
	for i, p := range ps {
		values[i] = p.Value
	}
	return values
}
