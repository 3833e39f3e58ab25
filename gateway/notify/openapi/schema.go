package openapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/gobridge/gopherbot/gateway/notify"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/gateway/notify/send"
	"github.com/gobridge/gopherbot/internal/alert"
	"github.com/gobridge/gopherbot/internal/event"
	"github.com/gobridge/gopherbot/internal/receipt"
)

// named is a schema with its name in the document.
type named struct {
	name   string
	schema *jsonschema.Schema
}

// schemas makes schemas of types. Descriptions are the comments on the fields.
type schemas struct {
	source *source
	types  map[reflect.Type]*jsonschema.Schema
	// words are the names of constants in comments, with their values.
	words map[string]string
}

func newSchemas(src *source) (*schemas, error) {
	s := &schemas{
		source: src,
		types: map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[time.Time]():      {Type: "string", Format: "date-time"},
			reflect.TypeFor[jsontext.Value](): {},
		},
		words: map[string]string{
			"MaxMessage": fmt.Sprint(send.MaxMessage), "MaxMetadata": fmt.Sprint(send.MaxMetadata), "MaxMentions": fmt.Sprint(send.MaxMentions),
			"MaxKey": fmt.Sprint(send.MaxKey), "DefaultTTL": fmt.Sprintf("%.0fh", send.DefaultTTL.Hours()),
		},
	}
	for _, t := range []reflect.Type{reflect.TypeFor[problem.Code](), reflect.TypeFor[receipt.State]()} {
		constants, err := src.constants(t)
		if err != nil {
			return nil, err
		}
		schema := &jsonschema.Schema{Type: "string"}
		for _, c := range constants {
			schema.Enum = append(schema.Enum, c.value)
			if t == reflect.TypeFor[receipt.State]() {
				s.words[c.name] = "`" + c.value + "`"
			}
		}
		s.types[t] = schema
	}
	return s, nil
}

// of returns the schema of a type. The comments on its fields are those of the type about,
// which has fields of the same names.
func (s *schemas) of(t, about reflect.Type) (*jsonschema.Schema, error) {
	schema, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: s.types})
	if err != nil {
		return nil, err
	}
	return schema, s.describe(schema, t, about)
}

// describe writes the descriptions of a struct's fields into its schema.
func (s *schemas) describe(schema *jsonschema.Schema, t, about reflect.Type) error {
	comments, err := s.source.comments(about)
	if err != nil {
		return err
	}
	words := map[string]string{}
	for name, value := range s.words {
		words[name] = value
	}
	for field := range t.Fields() {
		if name := jsonName(field); name != "" {
			words[field.Name] = "`" + name + "`"
		}
	}
	for field := range t.Fields() {
		property := schema.Properties[jsonName(field)]
		if property == nil {
			continue // it is not in the JSON
		}
		text := comments[field.Name]
		for name, value := range words {
			text = word(name).ReplaceAllString(text, value)
		}
		property.Description = text
		if property.Types != nil && field.Type.Kind() == reflect.Slice {
			property.Types, property.Type = nil, "array" // it is left out where it is empty
		}
		if err := s.describeInner(property, field); err != nil {
			return err
		}
	}
	return nil
}

// describeInner describes the struct that a field holds or points to, or has a list of.
func (s *schemas) describeInner(property *jsonschema.Schema, field reflect.StructField) error {
	inner := field.Type
	if inner.Kind() == reflect.Slice && property.Items != nil {
		inner, property = inner.Elem(), property.Items
	}
	if inner.Kind() == reflect.Pointer {
		inner = inner.Elem()
	}
	if inner.Kind() != reflect.Struct || property.Properties == nil {
		return nil
	}
	return s.describe(property, inner, aboutType(inner))
}

// aboutType returns the type that has the comments on a type's fields.
func aboutType(t reflect.Type) reflect.Type {
	if t.Name() == "wireAlert" {
		return reflect.TypeFor[alert.Alert]()
	}
	return t
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// all returns the document's schemas.
func (s *schemas) all() ([]named, error) {
	webhookComments := reflect.TypeFor[alert.Webhook]()
	list := []named{{"Health", &jsonschema.Schema{
		Type: "object", Description: "The server answers.", Required: []string{"ok"}, AdditionalProperties: nothing(),
		Properties: map[string]*jsonschema.Schema{"ok": {Type: "boolean"}},
	}}}
	for _, one := range []struct {
		name        string
		t, about    reflect.Type // about is t if it is nil
		description string
		complete    func(*jsonschema.Schema)
	}{
		{"Send", reflect.TypeFor[send.Request](), nil, "A message to post. `message` or `file` is required.", request},
		{"SendForm", reflect.TypeFor[send.Request](), nil, "The same as a form. `opts`, `metadata` and `mentions` are JSON texts.", form},
		{"Webhook", reflect.TypeFor[alert.Body](), webhookComments, aboutWebhook, webhook},
		{"Answer", reflect.TypeFor[notify.Answer](), nil, "The answer about a message, and that of every problem.", nil},
		{"Receipt", reflect.TypeFor[receipt.Receipt](), nil, "What became of a message. Times are in UTC.", nil},
		{"Bot", reflect.TypeFor[notify.ListedBot](), nil, "A bot that this key may use.", nil},
		{"Chat", reflect.TypeFor[notify.ListedChat](), nil, "An alias of a chat that this key may send to.", nil},
	} {
		if one.about == nil {
			one.about = one.t
		}
		schema, err := s.of(one.t, one.about)
		if err != nil {
			return nil, err
		}
		schema.Description = one.description
		if one.complete != nil {
			one.complete(schema)
		}
		list = append(list, named{one.name, schema})
	}
	return list, nil
}

// nothing is the schema that nothing fulfils.
func nothing() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

// request adds what the type of a request does not say.
func request(s *jsonschema.Schema) {
	s.AnyOf = []*jsonschema.Schema{{Required: []string{"message"}}, {Required: []string{"file"}}}
	choices(s.Properties["status"], event.OK, event.Error)
	choices(s.Properties["format"], event.Plain, event.Markdown, event.Native)
	choices(s.Properties["routing_mode"], "direct", "catalog", "mixed")
	choices(s.Properties["on_key"], event.PostAnew, event.InThread, event.Update)
	choices(s.Properties["on_unsupported"], "error", "ignore")
	s.Properties["format"].Default = json.RawMessage(`"` + event.Plain + `"`)
	s.Properties["on_unsupported"].Default = json.RawMessage(`"error"`)
	s.Properties["metadata"].Types = []string{"object", "null"}
	s.Properties["mentions"].Types = []string{"array", "null"}
	s.Properties["mentions"].Items = &jsonschema.Schema{Type: "object"}
	s.Properties["key"].MaxLength = jsonschema.Ptr(send.MaxKey)
	s.DependentRequired = map[string][]string{"key": {"on_key"}, "on_key": {"key"}, "title": {"link"}}
}

// form is a request whose parts are texts, but for the file.
func form(s *jsonschema.Schema) {
	request(s)
	file := s.Properties["file"]
	s.Properties["file"] = &jsonschema.Schema{Description: file.Description, ContentMediaType: "application/octet-stream"}
	for name, means := range map[string]string{"opts": "object", "metadata": "object", "mentions": "array"} {
		s.Properties[name] = &jsonschema.Schema{
			Type: "string", Description: s.Properties[name].Description, ContentMediaType: "application/json", ContentSchema: &jsonschema.Schema{Type: means},
		}
	}
}

const aboutWebhook = "A group of alerts, as Alertmanager (version 4) or Grafana (version 1) sends it. Only Grafana sends `orgId` and the fields behind it, " +
	"and of an alert `silenceURL` and those behind it. Unknown fields are ignored, and all may be missing but `alerts`."

// webhook allows what Decode does.
func webhook(s *jsonschema.Schema) {
	for _, each := range []*jsonschema.Schema{s, s.Properties["alerts"].Items} {
		each.AdditionalProperties, each.Required = nil, nil
		for _, name := range each.PropertyOrder {
			p := each.Properties[name]
			if p.Type == "object" {
				p.Type, p.Types = "", []string{"object", "null"}
			}
			if p.Description == "Grafana only." {
				p.Description = "" // it is about the fields behind it, too: see aboutWebhook
			}
		}
	}
	s.Required = []string{"alerts"}
	s.Properties["alerts"].MinItems = jsonschema.Ptr(1)
}

// choices are the values of a field. An empty one is the same as none.
func choices[T ~string](s *jsonschema.Schema, of ...T) {
	s.Enum = nil
	for _, value := range append(slices.Clone(of), "") {
		s.Enum = append(s.Enum, string(value))
	}
}
