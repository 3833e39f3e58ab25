package openapi

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/gobridge/gopherbot/gateway/notify/docs"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

//go:embed page.html.tmpl
var pageText string

// field is one of a schema, as the page shows it.
type field struct{ Name, Type, About string }

// shown is a schema on the page.
type shown struct {
	Name, About string
	Fields      []field
}

// endpoint is an operation on the page.
type endpoint struct {
	Method, Path, ID, Summary, About string
	Open, IfConfigured               bool
	Parameters                       []field
	Bodies                           []field // Name is the media type, Type the schema
	Answers                          []answer
}

// answer is one with its status. It is a success, with a schema, or has codes.
type answer struct {
	Status        int
	About, Schema string
	List          bool
	Codes         []problem.Code
}

// page returns the page for people. The server fills in its version and address.
func page(all []named) ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{"code": code}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	data := struct {
		Server, Version, Document string
		Endpoints                 []endpoint
		Schemas                   []shown
		Codes                     []codeRow
	}{Server: docs.ServerMark, Version: docs.VersionMark, Document: docs.Document, Codes: codeRows()}
	for _, o := range operations {
		data.Endpoints = append(data.Endpoints, o.shown())
	}
	for _, n := range all {
		data.Schemas = append(data.Schemas, shown{n.name, n.schema.Description, fieldsOf("", n.schema)})
	}
	b := bytes.NewBufferString("<!doctype html>\n<!-- " + note + " -->\n")
	if err := t.Execute(b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (o operation) shown() endpoint {
	e := endpoint{Method: o.method, Path: o.path, ID: o.id, Summary: o.summary, About: o.about, Open: o.open, IfConfigured: o.ifConfigured}
	for _, p := range o.parameters {
		e.Parameters = append(e.Parameters, field{p.name, p.in, p.about})
	}
	for _, b := range o.bodies {
		e.Bodies = append(e.Bodies, field{Name: b.mediaType, Type: b.schema})
	}
	for _, s := range o.successes {
		e.Answers = append(e.Answers, answer{Status: s.status, About: s.about, Schema: s.schema, List: s.list})
	}
	statuses, codes := byStatus(o.codes...)
	for _, status := range statuses {
		e.Answers = append(e.Answers, answer{Status: status, Codes: codes[status]})
	}
	return e
}

// codeRow is a code on the page.
type codeRow struct {
	Code   problem.Code
	Status int
	About  string
}

func codeRows() []codeRow {
	var rows []codeRow
	for code, about := range meanings {
		rows = append(rows, codeRow{code, code.Status(), about})
	}
	slices.SortFunc(rows, func(a, b codeRow) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return rows
}

// fieldsOf returns the fields of a schema, and those of its fields.
func fieldsOf(above string, s *jsonschema.Schema) []field {
	var list []field
	names := s.PropertyOrder
	if names == nil {
		for name := range s.Properties {
			names = append(names, name)
		}
	}
	for _, name := range names {
		p := s.Properties[name]
		f := field{above + name, typeOf(p), p.Description}
		if slices.Contains(s.Required, name) {
			f.Type += ", always"
		}
		list = append(list, f)
		switch {
		case p.Properties != nil:
			list = append(list, fieldsOf(f.Name+".", p)...)
		case p.Items != nil:
			list = append(list, fieldsOf(f.Name+"[].", p.Items)...)
		}
	}
	return list
}

// typeOf says in words what a field can be.
func typeOf(s *jsonschema.Schema) string {
	name := s.Type
	if s.Types != nil {
		name = strings.Join(slices.DeleteFunc(slices.Clone(s.Types), func(t string) bool { return t == "null" }), " or ")
	}
	switch {
	case s.ContentSchema != nil:
		name = "JSON " + s.ContentSchema.Type
	case s.ContentMediaType != "":
		name = "file"
	case s.Format == "date-time":
		name = "time, RFC 3339"
	case name == "":
		name = "any"
	}
	return name
}

// code makes HTML of a text in which code is between backticks.
func code(text string) template.HTML {
	parts := strings.Split(text, "`")
	for i, part := range parts {
		parts[i] = template.HTMLEscapeString(part)
		if i%2 == 1 {
			parts[i] = "<code>" + parts[i] + "</code>"
		}
	}
	return template.HTML(strings.Join(parts, ""))
}
