package send

import (
	"errors"
	"io"
	"mime/multipart"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
)

// maxField is how many bytes a field of a form may have that has no bound of its own.
const maxField = 4 << 10

// ParseForm reads a request from a multipart form. It takes as much memory as the file and
// the fields have, and refuses more than they may have before it reads that.
func ParseForm(form *multipart.Reader, maxFile int64) (Request, *problem.Problem) {
	f := formReader{maxFile: maxFile, seen: map[string]bool{}}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return f.request, nil
		}
		if err != nil {
			return Request{}, unreadable(err)
		}
		if p := f.take(part); p != nil {
			return Request{}, p
		}
	}
}

// unreadable is the problem of a form that does not arrive as one. The reader of the body may
// have said which.
func unreadable(err error) *problem.Problem {
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p
	}
	return problem.New(problem.BadForm, "the body is not a multipart form as its Content-Type says, or ends too early")
}

// formReader reads the fields of one form.
type formReader struct {
	request Request
	maxFile int64
	seen    map[string]bool
}

func (f *formReader) take(part *multipart.Part) *problem.Problem {
	field := part.FormName()
	switch encoding := part.Header.Get("Content-Transfer-Encoding"); {
	case field == "":
		return problem.New(problem.BadForm, "a part of the form has no name")
	case f.seen[field]:
		return problem.New(problem.BadForm, "the field %s is given twice", quote(field))
	case !slices.Contains([]string{"", "7bit", "8bit", "binary"}, strings.ToLower(encoding)):
		return problem.New(problem.BadForm, "the field %s has a Content-Transfer-Encoding; send its bytes as they are", quote(field))
	}
	f.seen[field] = true
	if field == "file" {
		return f.file(part)
	}
	most := int64(maxField)
	if field == "message" {
		most = MaxMessage
	}
	value, p := read(part, most)
	switch {
	case p != nil:
		return p
	case value == nil && field == "message":
		return messageTooLong()
	case value == nil:
		return problem.New(problem.BadForm, "the field %s has more than %d bytes", quote(field), most)
	case !utf8.Valid(value):
		return problem.New(problem.BadForm, "the field %s is not valid UTF-8", quote(field))
	}
	return f.set(field, value)
}

// read returns the content of a part, nil if it has more than most bytes.
func read(part io.Reader, most int64) ([]byte, *problem.Problem) {
	value, err := io.ReadAll(io.LimitReader(part, most+1))
	switch {
	case err != nil:
		return nil, unreadable(err)
	case int64(len(value)) > most:
		return nil, nil
	}
	return value, nil
}

func (f *formReader) file(part *multipart.Part) *problem.Problem {
	content, p := read(part, f.maxFile)
	switch {
	case p != nil:
		return p
	case content == nil:
		return fileTooLarge(f.maxFile)
	}
	f.request.File = &File{Name: part.FileName(), content: content, mediaType: part.Header.Get("Content-Type")}
	return nil
}

func (f *formReader) set(field string, value []byte) *problem.Problem {
	r := &f.request
	texts := map[string]*string{
		"chat_id": &r.ChatID, "bot": &r.Bot, "bot_id": &r.BotID, "message": &r.Message, "status": &r.Status, "routing_mode": &r.RoutingMode,
		"format": &r.Format, "thread": &r.Thread, "link": &r.Link, "title": &r.Title, "key": &r.Key, "on_key": &r.OnKey, "ttl": &r.TTL,
		"on_unsupported": &r.OnUnsupported,
	}
	values := map[string]any{"opts": &r.Options, "metadata": &r.Metadata, "mentions": &r.Mentions}
	if text, ok := texts[field]; ok {
		*text = string(value)
		return nil
	}
	into, ok := values[field]
	if !ok {
		return problem.New(problem.BadForm, "the field %s is unknown", quote(field))
	}
	if err := strict(value, into); err != nil {
		return problem.New(problem.BadForm, "the field %s %s", quote(field), explain(err))
	}
	return nil
}

// isNull reports whether a JSON value was not given, or is null.
func isNull(v jsontext.Value) bool { return len(v) == 0 || v.Kind() == 'n' }
