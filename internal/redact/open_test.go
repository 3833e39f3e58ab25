package redact_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gobridge/gopherbot/internal/redact"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	const hidden = `"[hidden: a secret]"`
	for _, test := range []struct{ payload, want string }{
		{`{"b":"said","a":1}`, `{"b": "said", "a": 1}`},
		{`{"b":"a token, <not> a field","n":12345678901234567890,"f":1.50}`, `{"b": "a token, <not> a field", "n": 12345678901234567890, "f": 1.50}`},
		{`[]`, `[]`},
		{`"said"`, `"said"`},
		{`{"z":"<&>","token":"T","a":[1.50,true,null,{"x":"y"}]}`, `{"z": "<&>", "token": ` + hidden + `, "a": [1.50, true, null, {"x": "y"}]}`},
		{`{"v":1,"body":{"response_url":"https://a","view":{"id":"V1","private_metadata":"m"}}}`,
			`{"v": 1, "body": {"response_url": ` + hidden + `, "view": {"id": "V1", "private_metadata": ` + hidden + `}}}`},
		{`{"response_urls":[{"response_url":"https://a"}],"Trigger_ID":{"a":"b"}}`, `{"response_urls": ` + hidden + `, "Trigger_ID": ` + hidden + `}`},
		{`{"token":7,"trigger_\u0069d":"t"}`, `{"token": ` + hidden + `, "trigger_id": ` + hidden + `}`},
		{`{"response_urls":[],"token":"","trigger_id":null}`, `{"response_urls": [], "token": "", "trigger_id": null}`},
		// A text that is JSON.
		{`{"context":"{\"token\":\"T\",\"a\": \"said\"}"}`, `{"context": "{\"token\":\"[hidden: a secret]\",\"a\":\"said\"}"}`},
		{`{"context":" [ \"token\" ]"}`, `{"context": " [ \"token\" ]"}`},
		{`{"text":"{ no token"}`, `{"text": "{ no token"}`},
		// No JSON.
		{`no "JSON"`, `"no \"JSON\""`},
		{`{"trigger_id":"secret"`, `"[hidden: 22 bytes that are not JSON]"`},
		{`command=%2Fgopher&response_url=secret`, `"[hidden: 37 bytes that are not JSON]"`},
		{``, `""`},
	} {
		if got := oneLine(redact.Open([]byte(test.payload))); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.payload, got, test.want)
		}
	}
}

func TestOpen_HidesWhatIsNestedTooDeep(t *testing.T) {
	t.Parallel()
	text := `{"token":"secret"}`
	for depth := range 8 {
		shown := redact.Open([]byte(text))
		if bytes.Contains(shown, []byte("secret\"")) && !bytes.Contains(shown, []byte("[hidden: ")) || bytes.Contains(bytes.ReplaceAll(shown, []byte("a secret"), nil), []byte("secret")) {
			t.Errorf("%d texts deep: %s", depth, shown)
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		text = `{"context":` + string(quoted) + `}`
	}
}

// FuzzOpen checks that no secret is shown of any payload that is JSON, at any depth, and
// that all else is.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"body":{"trigger_id":"x","view":{"private_metadata":"y"},"a":[1,"b",null,{}]}}`, `[[],{"token":{"a":1}}]`, `"\ud800"`, `{"a":"{\"token\":1}"}`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		shown := redact.Open(payload)
		var was, is any
		if err := json.Unmarshal(shown, &is); err != nil {
			t.Fatalf("%q is shown as %q, which is not JSON", payload, shown)
		}
		if json.Unmarshal(payload, &was) == nil {
			compare(t, was, is)
		}
	})
}

var secrets = []string{"response_url", "response_urls", "trigger_id", "token", "private_metadata"}

func compare(t *testing.T, was, is any) {
	t.Helper()
	switch was := was.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok || len(is) != len(was) {
			t.Fatalf("%v is shown as %v", was, is)
		}
		for name, value := range was {
			if !slices.Contains(secrets, strings.ToLower(name)) {
				compare(t, value, is[name])
				continue
			}
			switch shown := is[name].(type) {
			case nil:
			case []any:
				if len(shown) > 0 {
					t.Errorf("%s is shown: %v", name, shown)
				}
			case string:
				if shown != "" && shown != "[hidden: a secret]" {
					t.Errorf("%s is shown: %q", name, shown)
				}
			default:
				t.Errorf("%s is shown: %v", name, shown)
			}
		}
	case []any:
		is, ok := is.([]any)
		if !ok || len(is) != len(was) {
			t.Fatalf("%v is shown as %v", was, is)
		}
		for i := range was {
			compare(t, was[i], is[i])
		}
	case string:
		var nested any
		if json.Unmarshal([]byte(was), &nested) != nil && was != is {
			t.Errorf("%q is shown as %v", was, is)
		}
	default:
		if was != is {
			t.Errorf("%v is shown as %v", was, is)
		}
	}
}
