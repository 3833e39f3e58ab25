package send_test

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/gateway/notify/send"
)

const maxFile = 1 << 20

func part(header, body string) string {
	return "--b\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + body + "\r\n"
}

func parse(parts ...string) (send.Request, *problem.Problem) {
	return send.ParseForm(multipart.NewReader(strings.NewReader(strings.Join(parts, "")+"--b--\r\n"), "b"), maxFile)
}

func TestParseForm(t *testing.T) {
	t.Parallel()
	r, p := parse(part(`name="chat_id"`, "deploy"), part(`name="message"`, "done"), part(`name="opts"`, `{"silent":true}`), part(`name="mentions"`, "null"),
		part(`name="metadata"`, `{"build":7}`), part("name=\"file\"; filename=\"../../x.pdf\"\r\nContent-Type: application/pdf; a=b", "\x00\xff"))
	if p != nil {
		t.Fatal(p)
	}
	w, p := r.Check(maxFile)
	if p != nil {
		t.Fatal(p)
	}
	m := w.Message
	if w.ChatID != "deploy" || m.Text != "done" || !m.Options.Silent || string(m.Metadata) != `{"build":7}` || m.Mentions != nil {
		t.Errorf("%+v", w)
	}
	if m.File.Name != "x.pdf" || m.File.Type != "application/pdf" || string(w.Content) != "\x00\xff" {
		t.Errorf("the file: %+v %q", m.File, w.Content)
	}
}

func TestParseForm_Refuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		parts []string
		code  problem.Code
		says  string
	}{
		"unknown":          {[]string{part(`name="msg"`, "x")}, problem.BadForm, `"msg" is unknown`},
		"no name":          {[]string{part(`x="msg"`, "x")}, problem.BadForm, "no name"},
		"twice":            {[]string{part(`name="bot"`, "x"), part(`name="bot"`, "x")}, problem.BadForm, `"bot" is given twice`},
		"two files":        {[]string{part(`name="file"; filename="a"`, "x"), part(`name="file"; filename="b"`, "x")}, problem.BadForm, "twice"},
		"wrong opts":       {[]string{part(`name="opts"`, `{"loud":true}`)}, problem.BadForm, `"loud"`},
		"no JSON":          {[]string{part(`name="metadata"`, `{`)}, problem.BadForm, `"metadata" is not valid JSON`},
		"not UTF-8":        {[]string{part(`name="message"`, "\xff")}, problem.BadForm, "UTF-8"},
		"encoded":          {[]string{part("name=\"message\"\r\nContent-Transfer-Encoding: base64", "eA==")}, problem.BadForm, "Content-Transfer-Encoding"},
		"a long message":   {[]string{part(`name="message"`, strings.Repeat("x", send.MaxMessage+1))}, problem.MessageTooLong, "file"},
		"a long field":     {[]string{part(`name="chat_id"`, strings.Repeat("x", 5000))}, problem.BadForm, `"chat_id" has more than`},
		"a large file":     {[]string{part(`name="file"; filename="a"`, strings.Repeat("x", maxFile+1))}, problem.TooLarge, "1048576"},
		"no form":          {[]string{"{}"}, problem.BadForm, "multipart"},
		"it ends early":    {[]string{"--b\r\nContent-Disposition: form-data; name=\"bot\"\r\n\r\nx"}, problem.BadForm, ""},
		"quoted-printable": {[]string{part("name=\"message\"\r\nContent-Transfer-Encoding: uuencode", "=41")}, problem.BadForm, "Content-Transfer-Encoding"},
	} {
		if _, p := parse(test.parts...); p == nil || p.Code != test.code || !strings.Contains(p.Text, test.says) {
			t.Errorf("%s: %v", name, p)
		}
	}
}

// TestHash_OfForms checks that the same form with another boundary, and JSON that says the
// same, have one hash.
func TestHash_OfForms(t *testing.T) {
	t.Parallel()
	hash := func(r send.Request, p *problem.Problem) string {
		t.Helper()
		if p != nil {
			t.Fatal(p)
		}
		w, p := r.Check(maxFile)
		if p != nil {
			t.Fatal(p)
		}
		h, err := w.Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	form := func(boundary, chat, content string) string {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		if err := w.SetBoundary(boundary); err != nil {
			t.Fatal(err)
		}
		_ = w.WriteField("chat_id", chat)
		_ = w.WriteField("metadata", `{"b":1, "a":2}`)
		file, _ := w.CreateFormFile("file", "a.txt")
		_, _ = file.Write([]byte(content))
		_ = w.Close()
		return hash(send.ParseForm(multipart.NewReader(&b, boundary), maxFile))
	}
	first := form("one", "c", "hi")
	if again := form("two", "c", "hi"); again != first {
		t.Error("another boundary changes the hash")
	}
	if other := form("one", "c", "ho"); other == first {
		t.Error("another content does not change it")
	}
	if other := form("one", "d", "hi"); other == first {
		t.Error("another chat does not change it")
	}
	if json := hash(send.ParseJSON([]byte(`{"metadata":{"a":2,"b":1},"chat_id":"c","format":"plain","file":{"name":"a.txt","data":"aGk="}}`))); json != first {
		t.Error("JSON that says the same has another hash")
	}
}

// checkAccepted checks the bounds of a request.
func checkAccepted(t *testing.T, r send.Request) {
	t.Helper()
	w, p := r.Check(maxFile)
	if p != nil {
		return
	}
	m := w.Message
	if len(m.Text) > send.MaxMessage || !utf8.ValidString(m.Text) || len(m.Metadata) > send.MaxMetadata || len(m.Mentions) > send.MaxMentions ||
		w.TTL < send.MinTTL || w.TTL > send.MaxTTL || len(w.Content) > maxFile {
		t.Errorf("accepted out of bounds: %+v", w)
	}
	if f := m.File; f != nil && (f.Name == "" || len(f.Name) > 255 || strings.ContainsAny(f.Name, "/\\\x00\n") || !utf8.ValidString(f.Name) || len(w.Content) == 0) {
		t.Errorf("a file %q of %d bytes", f.Name, len(w.Content))
	}
	first, err := w.Hash()
	second, again := w.Hash()
	if err != nil || again != nil || first != second {
		t.Errorf("hashes %q (%v) and %q (%v)", first, err, second, again)
	}
}

// FuzzParseForm checks that whatever is accepted is within its bounds.
func FuzzParseForm(f *testing.F) {
	for _, body := range []string{
		part(`name="message"`, "hi") + part(`name="file"; filename="../x"`, "content") + "--b--\r\n",
		part(`name="opts"`, `{"silent":true}`) + part(`name="mentions"`, `[{}]`) + "--b--",
		"--b\r\n\r\n--b--", "--b--", part(`name="ttl"`, "1h"),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, p := send.ParseForm(multipart.NewReader(bytes.NewReader(body), "b"), maxFile)
		if p == nil {
			checkAccepted(t, r)
		}
	})
}
