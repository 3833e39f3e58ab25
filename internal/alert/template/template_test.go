package template

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	standard "text/template"
	"time"
)

type labels map[string]string

func (l labels) Names() []string {
	names := []string{}
	for name := range l {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (l labels) Without(name string) labels {
	rest := labels{}
	for n, v := range l {
		if n != name {
			rest[n] = v
		}
	}
	return rest
}

type item struct {
	Name   string
	Labels labels
	Values map[string]any
	Start  time.Time
	hidden string
}

type items []item

func (i items) Big() items { return i[:1] }

type data struct {
	Title  string
	Count  int
	Ratio  float64
	Open   bool
	Labels labels
	Items  items
	None   items
}

func sample() data {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return data{
		Title: "disk <full>", Count: 3, Ratio: 0.5, Open: true,
		Labels: labels{"b": "2", "a": "1", "Names": "shadowed"},
		Items: items{
			{Name: "one", Labels: labels{"x": "1"}, Values: map[string]any{"A": 1.5, "B": "text"}, Start: start},
			{Name: "two", Labels: nil, Start: start.Add(time.Hour), hidden: "h"},
		},
	}
}

func sampleLanguage() Language {
	return Language{
		Funcs: map[string]any{
			"upper": strings.ToUpper,
			"join":  func(sep string, texts []string) string { return strings.Join(texts, sep) },
			"list":  func(texts ...string) []string { return texts },
			"half":  func(f float64) float64 { return f / 2 },
			"fail":  func() (string, error) { return "", errors.New("failed") },
			"panic": func() string { panic("secret") },
			"long":  func(n int) string { return strings.Repeat("x", n) },
		},
		Methods: map[reflect.Type]map[string]any{
			reflect.TypeFor[labels]():        {"Names": labels.Names, "Without": labels.Without},
			reflect.TypeFor[items]():         {"Big": items.Big},
			reflect.TypeFor[time.Time]():     {"Format": time.Time.Format, "Sub": time.Time.Sub, "Add": time.Time.Add, "Weekday": time.Time.Weekday},
			reflect.TypeFor[time.Duration](): {"Hours": time.Duration.Hours},
		},
	}
}

func execute(text string) (string, error) {
	t, err := sampleLanguage().Parse("test.tmpl", text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, sample(), nil)
	return b.String(), err
}

// executeStandard executes a template with text/template.
func executeStandard(text string) (string, error) {
	t, err := standard.New("test.tmpl").Funcs(sampleLanguage().Funcs).Option("missingkey=zero").Parse(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, sample())
	return b.String(), err
}

// same are templates that text/template executes alike.
var same = []struct{ text, want string }{
	{`plain {{/* comment */}}text`, "plain text"},
	{`{{.Title}} {{.Count}} {{.Ratio}} {{.Open}} {{"a\tb"}} {{'a'}} {{0x1F}} {{1e3}} {{1.0}} {{-7}}`, "disk <full> 3 0.5 true a\tb 97 31 1000 1 -7"},
	{"{{.Title | upper | printf \"%q %d\" }}", `"DISK <FULL>" %!d(MISSING)`},
	{`{{.Labels.a}}{{.Labels.missing}}{{index .Labels "b"}}{{index .Labels "missing"}}`, "12"},
	{`{{.Labels.Names | join ","}} {{join "," .Labels.Names}} {{index .Labels "Names"}}`, "Names,a,b Names,a,b shadowed"},
	{`{{(.Labels.Without "a").Names | len}} {{with .Labels.Without "Names"}}{{.Names}}{{end}}`, "2 [a b]"},
	{`{{range .Items}}[{{.Name}} {{.Labels.x}}]{{else}}none{{end}}{{range .None}}x{{else}}none{{end}}`, "[one 1][two ]none"},
	{`{{range $i, $e := .Items}}{{$i}}{{$e.Name}}{{if $i}}{{break}}{{end}} {{end}}`, "0one 1two"},
	{`{{range $e := .Items}}{{if eq $e.Name "one"}}{{continue}}{{end}}{{$e.Name}}{{end}}`, "two"},
	{`{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}`, "Names=shadowed;a=1;b=2;"},
	{`{{range $i := 3}}{{$i}}{{end}}{{range .Count}}.{{end}}`, "012..."},
	{`{{$n := 0}}{{range $i, $_ := .Items}}{{$n = $i}}{{end}}{{$n}}`, "1"},
	{`{{$x := "a"}}{{if true}}{{$x := "b"}}{{$x}}{{end}}{{$x}}`, "ba"},
	{`{{with $t := .Title}}{{$t}} {{$.Count}}{{end}}{{with ""}}x{{else with .Count}}{{.}}{{else}}y{{end}}`, "disk <full> 33"},
	{`{{if .None}}a{{else if gt .Count 2}}b{{else}}c{{end}}`, "b"},
	{`{{if and .Open (eq .Count 3) (ne .Title "")}}yes{{end}} {{or "" "x"}} {{and 1 0}} {{not .Open}}`, "yes x 0 false"},
	{`{{or .Open (index .Items 99)}} {{and false (fail)}}`, "true false"},
	{`{{eq .Count 1 2 3}} {{lt 1.5 2.5}} {{le "a" "b"}} {{ge 3 .Count}} {{eq .Title "x"}} {{eq true .Open}}`, "true true true true false true"},
	{`{{len .Items}} {{.Items.Big | len}} {{(index .Items 1).Name}} {{(index .Items 0).Values.A}} {{index .Items 0 | printf "%T"}}`, "2 1 two 1.5 template.item"},
	{`{{range .Items}}{{range $k, $v := .Values}}{{$k}}={{$v}} {{end}}{{end}}`, "A=1.5 B=text "},
	{`{{slice .Title 0 4}} {{slice .Items 1 | len}} {{slice "abc" 1}}`, "disk 1 bc"},
	{`{{(index .Items 0).Start.Format "2006-01-02"}} {{((index .Items 1).Start.Sub (index .Items 0).Start).Hours}} {{(index .Items 0).Start.Weekday}}`, "2026-01-02 1 Friday"},
	{`{{((index .Items 0).Start.Add 3600000000000).Format "15:04"}} {{half 3}} {{half 1.5}}`, "04:04 1.5 0.75"},
	{`{{list "a" "b" | join "-"}} {{list}} {{print 1 2 "x"}} {{println "y"}}`, "a-b [] 1 2x y\n"},
	{`{{html .Title}} {{urlquery .Title}} {{html "'" "\""}}`, "disk &lt;full&gt; disk+%3Cfull%3E &#39;&#34;"},
	{`{{define "t"}}<{{.Name}}{{$}}>{{end}}{{define "u"}}({{.}}){{end}}{{range .Items}}{{template "u" .Name}}{{end}}`, "(one)(two)"},
	{`{{block "b" .Count}}[{{.}}]{{end}}{{template "b"}}`, "[3][<no value>]"},
	{"a {{- \" b \" -}} \n c", "a b c"},
	{`{{$.Title}}{{with .Items}}{{len $.Items}}{{end}}`, "disk <full>2"},
	{`{{print nil}} {{eq nil nil}}`, "<nil> true"},
}

// other says where we print nothing for what text/template calls <no value>.
func other(text string) string { return strings.ReplaceAll(text, "<no value>", "") }

func TestExecute_AsTextTemplate(t *testing.T) {
	t.Parallel()
	for _, test := range same {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			if got, err := executeStandard(test.text); err != nil || got != test.want {
				t.Fatalf("text/template: %q, %v, want %q", got, err, test.want)
			}
			if got, err := execute(test.text); err != nil || got != other(test.want) {
				t.Errorf("%q, %v, want %q", got, err, other(test.want))
			}
		})
	}
}

func TestExecute_NilIsNothing(t *testing.T) {
	t.Parallel()
	got, err := execute(`{{range .Items}}[{{.Values.missing}}{{.Values.missing.deeper}}{{upper .Values.missing}}{{if .Values.missing}}x{{end}}]{{end}}{{eq nil .Count}}`)
	if want := "[][]false"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestParse_Mistakes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"{{.Title}}\n  {{uper .Title}}", `test.tmpl:2:5: function "uper" not defined`},
		{"ä {{$x}}", `test.tmpl:1:5: undefined variable "$x"`},
		{"{{if .Title}}\nx", `test.tmpl:2:1: unexpected EOF`},
		{"a\n{{.Title", `test.tmpl:2:4: unclosed action`},
		{"a {{end}}", `test.tmpl:1:3: unexpected {{end}}`},
		{"{{range .Items}}{{else}}{{else}}{{end}}", `test.tmpl:1:25: expected end; found {{else}}`},
		{"{{.Title | 3}}", `test.tmpl:1:14: non executable command in pipeline stage 2`},
		{"{{break}}", `test.tmpl:1:1: {{break}} outside {{range}}`},
		{"x{{template \"t\" .}}", `test.tmpl:1:13: template "t" is not defined`},
		{"{{range .Items}}{{if .Name}}{{else}}{{template \"t\"}}{{end}}{{end}}", `test.tmpl:1:48: template "t" is not defined`},
		{"{{js .Title}}", `test.tmpl:1:3: function "js" not defined`},
		{strings.Repeat("x", MaxText+1), fmt.Sprintf("test.tmpl:1:%d: the template is larger than %d bytes", MaxText+1, MaxText)},
	} {
		_, err := sampleLanguage().Parse("test.tmpl", test.text)
		var mistake *Error
		if !errors.As(err, &mistake) || err.Error() != test.want {
			t.Errorf("%.60q: %v, want %s", test.text, err, test.want)
		}
	}
}

func TestExecute_Fails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"a\n{{.Titel}}", "test.tmpl:2:3: Titel: no such field or method in template.data"},
		{"{{range .Items}}{{.hidden}}{{end}}", "test.tmpl:1:19: hidden: no such field or method in template.item"},
		{"{{.Title.Length}}", "test.tmpl:1:9: Length: no such field or method in string"},
		{"{{index .Items 5}}", "test.tmpl:1:3: index: 5 is out of range: there are 2"},
		{"{{index .Items -1}}", "test.tmpl:1:3: index: -1 is out of range: there are 2"},
		{"{{index .Title \"x\"}}", "test.tmpl:1:3: index: a string has no entry for a string"},
		{"{{slice .Title 5 100}}", "test.tmpl:1:3: slice: 5 to 100 is out of range: there are 11"},
		{"{{upper .Count}}", "test.tmpl:1:9: upper: an argument is a int, want a string"},
		{"{{upper}}", "test.tmpl:1:3: upper wants 1 arguments, not 0"},
		{"{{.Title 1}}", "test.tmpl:1:3: Title: it is not a function and takes no arguments"},
		{"{{1 | .Count}}", "test.tmpl:1:7: Count: it is not a function and takes no arguments"},
		{"{{lt .Count \"x\"}}", "test.tmpl:1:3: lt: values of these types cannot be compared"},
		{"{{range .Title}}{{end}}", "test.tmpl:1:9: cannot range over a string"},
		{"{{fail}}", "test.tmpl:1:3: fail: failed"},
		{"{{panic}}", "test.tmpl:1:3: panic panicked"},
		{"{{long 2000000}}", fmt.Sprintf("test.tmpl:1:3: long returns more than %d bytes", MaxValue)},
		{"{{range 10000000}}{{end}}", fmt.Sprintf("test.tmpl:1:19: the template takes more than %d steps", MaxSteps)},
		{"{{range 1000}}{{len (long 1000000)}}{{end}}", fmt.Sprintf("test.tmpl:1:15: the template takes more than %d steps", MaxSteps)},
		{"{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}", fmt.Sprintf("test.tmpl:1:26: templates nest deeper than %d", MaxDepth)},
	} {
		if _, err := execute(test.text); err == nil || !strings.HasPrefix(err.Error(), "test.tmpl:") || err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

// full is a writer that takes n bytes.
type full struct{ n int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestExecute_StopsWhenTheWriterFails(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{{range 1000}}text{{end}}`, `{{range 1000}}{{.}}{{end}}`} {
		parsed, err := sampleLanguage().Parse("test.tmpl", text)
		if err != nil {
			t.Fatal(err)
		}
		if err := parsed.Execute(&full{100}, sample(), nil); !errors.Is(err, errFull) {
			t.Errorf("%s: %v, want %v", text, err, errFull)
		}
	}
}

// TestExecute_CountsLargeData has data of a size that makes each call expensive.
func TestExecute_CountsLargeData(t *testing.T) {
	t.Parallel()
	large := labels{}
	for i := range 100_000 {
		large[fmt.Sprint(i)] = ""
	}
	for _, text := range []string{`{{range 1000}}{{range $}}{{break}}{{end}}{{end}}`, `{{range 1000}}{{len $.Names}}{{end}}`} {
		parsed, err := sampleLanguage().Parse("test.tmpl", text)
		if err != nil {
			t.Fatal(err)
		}
		if err := parsed.Execute(io.Discard, large, nil); err == nil || !strings.Contains(err.Error(), "steps") {
			t.Errorf("%s: %v, want too many steps", text, err)
		}
	}
}

func TestExecute_ReplacesFunctions(t *testing.T) {
	t.Parallel()
	parsed, err := sampleLanguage().Parse("test.tmpl", `{{upper .Title}}`)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	err = parsed.Execute(&b, sample(), map[string]any{"upper": func(string) string { return "replaced" }})
	if err != nil || b.String() != "replaced" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// FuzzExecute holds the output to text/template's, wherever text/template succeeds.
func FuzzExecute(f *testing.F) {
	for _, test := range same {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		parsed, err := sampleLanguage().Parse("test.tmpl", text)
		if err != nil {
			return
		}
		var got strings.Builder
		if err := parsed.Execute(&limited{w: &got}, sample(), nil); err != nil {
			return
		}
		tmpl, err := standard.New("test.tmpl").Funcs(sampleLanguage().Funcs).Option("missingkey=zero").Parse(text)
		if err != nil {
			t.Fatalf("we accept %q; text/template: %v", text, err)
		}
		var want strings.Builder
		if err := tmpl.Execute(&limited{w: &want}, sample()); err == nil && other(want.String()) != other(got.String()) {
			t.Errorf("%q: %q, text/template writes %q", text, got.String(), want.String())
		}
	})
}

// limited is a writer of at most 64 KiB.
type limited struct{ w *strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if l.w.Len()+len(p) > 64<<10 {
		return 0, errFull
	}
	return l.w.Write(p)
}
