package notifyconfig

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/gobridge/gopherbot/internal/lazyregexp"
)

var plainPattern = lazyregexp.New(`^[A-Za-z0-9_.#-]{1,80}$`)

// reader reads one document and collects its mistakes.
type reader struct {
	in       Input
	mistakes []mistake
	// variables are the environment variables that hold a secret of the document.
	variables []string
	merged    int // how many mappings
}

type mistake struct {
	line int // 0 if unknown
	text string
}

// value is a value of the document and its place.
type value struct {
	*reader
	node *yaml.Node
	path string // such as "server.api_keys[0].name", "" for the whole document
}

// wrong records a mistake in the value. The text must not have a secret.
func (v value) wrong(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if v.path != "" {
		text = v.path + ": " + text
	}
	v.mistakes = append(v.mistakes, mistake{v.node.Line, text})
}

// checkMerges records a mistake if there were too many.
func (v value) checkMerges() {
	if v.merged > maxMerges {
		v.wrong("more than %d mappings are merged: write them out", maxMerges)
	}
}

// err returns all mistakes in the order of their lines, each with the document's name.
func (r *reader) err() error {
	slices.SortStableFunc(r.mistakes, func(a, b mistake) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, m := range r.mistakes {
		where := r.in.Name
		if m.line > 0 {
			where = fmt.Sprintf("%s, line %d", where, m.line)
		}
		errs = append(errs, fmt.Errorf("%s: %s", where, m.text))
	}
	return errors.Join(errs...)
}

// parse returns the document's root. It returns false, with mistakes, if it is not YAML.
func (r *reader) parse() (root value, ok bool) {
	var document yaml.Node
	err := yaml.Load(r.in.Document, &document)
	if err == nil && len(document.Content) == 1 {
		return value{r, document.Content[0], ""}, true
	}
	fault := mistake{0, "it is not one YAML document"}
	if broken, is := errors.AsType[*yaml.LoadError](err); is {
		fault = mistake{broken.Mark.Line, fault.text + ": " + strings.TrimPrefix(broken.Message, "yaml: ")}
	}
	r.mistakes = append(r.mistakes, fault)
	return value{}, false
}

// pair is a key of a mapping with its value.
type pair struct {
	key, value value
}

// maxMerges bounds how many mappings are merged in a document, which may be in a circle.
const maxMerges = 1000

// pairs returns the keys and values of a mapping. Merged ones ("<<: *name") come last, and
// only those that the mapping does not have itself. An absent value is an empty mapping.
func (v value) pairs() []pair {
	if v.isNull() {
		return nil
	}
	if v.node.Kind != yaml.MappingNode {
		v.wrong("want a mapping, such as name: value")
		return nil
	}
	var own, merged []pair
	lines := map[string]int{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := v.at(v.node.Content[i], v.path)
		name := key.node.Value
		item := v.at(v.node.Content[i+1], join(v.path, name))
		switch {
		case key.node.Kind != yaml.ScalarNode:
			key.wrong("want a name as key")
		case key.node.ShortTag() == "!!merge":
			item.path = v.path
			for _, source := range item.merges() {
				if v.merged++; v.merged > maxMerges {
					break
				}
				merged = append(merged, source.pairs()...)
			}
		case lines[name] > 0:
			key.wrong("%s is here twice; it is on line %d, too", quote(name), lines[name])
		default:
			lines[name] = key.node.Line
			own = append(own, pair{key, item})
		}
	}
	for _, p := range merged {
		if name := p.key.node.Value; lines[name] == 0 {
			lines[name] = p.key.node.Line
			own = append(own, p)
		}
	}
	return own
}

// merges returns the mappings that are merged: the value itself, or the items of a list.
func (v value) merges() []value {
	if v.node.Kind != yaml.SequenceNode {
		return []value{v}
	}
	var list []value
	for _, item := range v.node.Content {
		list = append(list, v.at(item, v.path))
	}
	return list
}

// at returns the value of a node below v. A reference ("*name") is followed.
func (v value) at(node *yaml.Node, path string) value {
	for node.Kind == yaml.AliasNode && node.Alias != nil {
		node = node.Alias
	}
	return value{v.reader, node, path}
}

// join returns the path of a key. One that is not a plain word is quoted.
func join(path, name string) string {
	if !plainPattern().MatchString(name) {
		name = quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func (v value) isNull() bool {
	return v.node.Kind == yaml.ScalarNode && v.node.ShortTag() == "!!null"
}

func (v value) isScalar() bool { return v.node.Kind == yaml.ScalarNode }

// fields read the values of a mapping's keys.
type fields map[string]func(value)

// object reads a mapping with known keys, and returns the keys that are there.
func (v value) object(known fields) (has map[string]bool) {
	has = map[string]bool{}
	for _, p := range v.pairs() {
		name := p.key.node.Value
		read := known[name]
		if read == nil {
			p.key.unknown(name, slices.Sorted(maps.Keys(known)))
			continue
		}
		has[name] = true
		read(p.value)
	}
	return has
}

// unknown records a key that does not exist.
func (v value) unknown(name string, known []string) {
	path := join(v.path, name)
	if instead, ok := removed[path]; ok {
		v.wrong("%s is not needed here: %s", quote(name), instead)
		return
	}
	v.wrong("unknown key %s%s", quote(name), hint(name, known))
}

// require records a mistake for each of the keys that is not there.
func (v value) require(has map[string]bool, keys ...string) {
	for _, key := range keys {
		if !has[key] {
			v.wrong("%s is missing", key)
		}
	}
}

// entries reads a mapping whose keys are names of the operator's.
func (v value) entries(read func(name string, v value)) {
	for _, p := range v.pairs() {
		read(p.key.node.Value, p.value)
	}
}

// list reads a list, and records a mistake if there is none or it is empty.
func (v value) list(read func(i int, v value)) {
	switch {
	case v.node.Kind != yaml.SequenceNode:
		v.wrong("want a list, such as [one, two]")
	case len(v.node.Content) == 0:
		v.wrong("the list is empty: fill it, or remove it")
	}
	if v.node.Kind != yaml.SequenceNode {
		return
	}
	for i, node := range v.node.Content {
		read(i, v.at(node, fmt.Sprintf("%s[%d]", v.path, i)))
	}
}
