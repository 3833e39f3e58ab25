// Package openapi writes the documents about the notification API, at development time:
// they are made from the Go types of its requests and answers, and from the comments on
// them. The gateway has the results in package gateway/notify/docs, and is not linked with
// this package.
package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gobridge/gopherbot/gateway/notify/docs"
	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

const note = `Written by "gopherbot docs" from the Go types of the notification API; do not edit.`

// Files returns the documents by their names below dir, the root of the source tree.
func Files(dir string) (map[string][]byte, error) {
	s, err := newSchemas(newSource(dir))
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	all, err := s.all()
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	text, err := toYAML(document(all))
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	html, err := page(all)
	if err != nil {
		return nil, fmt.Errorf("write the page about the notification API: %w", err)
	}
	return map[string][]byte{"gateway/notify/docs/" + docs.Document: append([]byte("# "+note+"\n"), text...), "gateway/notify/docs/" + docs.Page: html}, nil
}

// document returns the OpenAPI document. The server fills in its version and address.
// Source: https://spec.openapis.org/oas/v3.1.1.html
func document(all []named) object {
	var paths, components object
	for _, o := range operations {
		m := member{strings.ToLower(o.method), o.object()}
		if last := len(paths) - 1; last >= 0 && paths[last].name == o.path {
			paths[last].value = append(paths[last].value.(object), m)
			continue
		}
		paths = append(paths, member{o.path, object{m}})
	}
	for _, n := range all {
		components = append(components, member{n.name, n.schema})
	}
	return object{
		{"openapi", "3.1.1"},
		{"info", object{
			{"title", "gopherbot notification API"},
			{"description", "Scripts, CI and monitoring post into chats through the bot. Each GET can be a HEAD, too. " +
				"A problem is answered with an `error` for people and a `code` for programs, which stays. A path that is not here is answered 404, another method 405."},
			{"license", object{{"name", "MIT"}, {"identifier", "MIT"}}},
			{"version", docs.VersionMark},
		}},
		{"servers", []object{{{"url", docs.ServerMark}}}},
		{"security", anyOf("bearer", "header", "basic")},
		{"paths", paths},
		{"components", object{
			{"securitySchemes", object{
				{"bearer", object{{"type", "http"}, {"scheme", "bearer"}, {"description", "The key."}}},
				{"header", object{{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}, {"description", "The key."}}},
				{"basic", object{{"type", "http"}, {"scheme", "basic"}, {"description", "The key as password, with any user name."}}},
				{"signature", object{
					{"type", "apiKey"}, {"in", "header"}, {"name", "X-Grafana-Alerting-Signature"},
					{"description", "The lower-case hexadecimal HMAC-SHA256 of the body, where a secret is configured. The header's name can be configured."},
				}},
			}},
			{"schemas", components},
		}},
	}
}

// anyOf requires one of several securitySchemes.
func anyOf(schemes ...string) []object {
	var list []object
	for _, scheme := range schemes {
		list = append(list, object{{scheme, []string{}}})
	}
	return list
}

func ref(schema string) object { return object{{"$ref", "#/components/schemas/" + schema}} }

// object returns the operation as the document has it.
func (o operation) object() object {
	result := object{{"operationId", o.id}, {"summary", o.summary}}
	if o.about != "" {
		result = append(result, member{"description", o.about})
	}
	switch {
	case o.open:
		result = append(result, member{"security", []object{}})
	case o.signed:
		result = append(result, member{"security", anyOf("bearer", "header", "basic", "signature")})
	}
	if len(o.parameters) > 0 {
		var list []object
		for _, p := range o.parameters {
			list = append(list, p.object())
		}
		result = append(result, member{"parameters", list})
	}
	if len(o.bodies) > 0 {
		var content object
		for _, b := range o.bodies {
			content = append(content, member{b.mediaType, object{{"schema", ref(b.schema)}}})
		}
		result = append(result, member{"requestBody", object{{"required", true}, {"content", content}}})
	}
	return append(result, member{"responses", o.responses()})
}

func (p parameter) object() object {
	schema := object{{"type", "string"}}
	switch p.form {
	case "":
	case "boolean":
		schema = object{{"type", "boolean"}}
	default:
		schema = append(schema, member{"pattern", p.form})
	}
	result := object{{"name", p.name}, {"in", p.in}}
	if p.required {
		result = append(result, member{"required", true})
	}
	return append(result, member{"description", p.about}, member{"schema", schema})
}

func (o operation) responses() object {
	byName := map[string]object{}
	for _, s := range o.successes {
		byName[strconv.Itoa(s.status)] = s.object()
	}
	statuses, codes := byStatus(o.codes...)
	for _, status := range statuses {
		byName[strconv.Itoa(status)] = failure(status, codes[status])
	}
	var list object
	for _, status := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, member{status, byName[status]})
	}
	return list
}

func (s success) object() object {
	result := object{{"description", s.about}}
	schema := ref(s.schema)
	switch {
	case s.list:
		schema = object{{"type", "array"}, {"items", schema}}
	case s.schema == "Answer":
		schema = object{{"allOf", []object{schema, {{"properties", object{{"ok", object{{"const", true}}}}}}}}}
	}
	if len(s.headers) > 0 {
		result = append(result, member{"headers", headers(s.headers)})
	}
	return append(result, member{"content", object{{"application/json", object{{"schema", schema}}}}})
}

func headers(list []header) object {
	var result object
	for _, h := range list {
		result = append(result, member{h.name, object{{"description", h.about}, {"schema", object{{"type", "string"}}}}})
	}
	return result
}

// failure is the answer of a status that is a problem, with one of the codes.
func failure(status int, codes []problem.Code) object {
	var lines []string
	for _, code := range codes {
		lines = append(lines, fmt.Sprintf("`%s`: %s", code, meanings[code]))
	}
	result := object{{"description", strings.Join(lines, "\n\n")}}
	switch status {
	case http.StatusUnauthorized:
		result = append(result, member{"headers", headers([]header{{"WWW-Authenticate", "How to give a key."}})})
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		result = append(result, member{"headers", headers([]header{{"Retry-After", "How many seconds to wait."}})})
	}
	answer := object{{"allOf", []object{ref("Answer"), {
		{"required", []string{"error", "code"}},
		{"properties", object{{"ok", object{{"const", false}}}, {"code", object{{"enum", codes}}}}},
	}}}}
	return append(result, member{"content", object{{"application/json", object{{"schema", answer}}}}})
}
