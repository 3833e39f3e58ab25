package openapi

import (
	"bytes"
	"encoding/json"

	"go.yaml.in/yaml/v4"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	_ = b.WriteByte('{') // a Buffer returns no error
	for i, m := range o {
		if i > 0 {
			_ = b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		_, _ = b.Write(append(append(name, ':'), value...))
	}
	_ = b.WriteByte('}')
	return b.Bytes(), nil
}

// toYAML returns a value as YAML. It is what its JSON is, and in the same order.
func toYAML(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Load(text, &document); err != nil {
		return nil, err
	}
	block(&document)
	return yaml.Dump(&document, yaml.WithIndent(2), yaml.WithLineWidth(-1))
}

// block has a node written as people write YAML: with a line for each member and without
// quotes where they are not needed. Short lists of words stay in one line.
func block(n *yaml.Node) {
	n.Style = 0
	words := n.Kind == yaml.SequenceNode
	for _, child := range n.Content {
		words = words && child.Kind == yaml.ScalarNode && len(n.Content) < 10
		block(child)
	}
	if words {
		n.Style = yaml.FlowStyle
	}
}
